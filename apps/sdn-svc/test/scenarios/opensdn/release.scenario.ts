import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConfigMap, ConfigMapKind, DaemonSetKind, type KubeObject, StatefulSetKind } from '@keelson/api';
import { anSdnWorld, aTfOperator, bringing, cloudIs, type SdnWorld, tfData, withNodes } from '../sdn-world.js';

const [first, second] = ['21.1.0+26.1', '21.2.0+26.2'] as const;
const features = { imagePreCaching: false };
const rackB = {
  features,
  nodes: { 'rack-b': { labels: { name: 'rack', value: 'b' }, nodeVRouter: { enabled: true } } },
};

let world: SdnWorld;
beforeEach(async () => {
  world = await anSdnWorld();
  await withNodes(world);
  world.releases.set(first, bringing(first, 'a'));
  world.releases.set(second, bringing(second, 'b'));
  await cloudIs(world, first, 'APPLYING');
  await world.cluster.apply(tfData(), aTfOperator(rackB));
  await world.cluster.until('Ready', isReady);
  await cloudIs(world, first, 'APPLIED');
  await world.cluster.advance(10);
});
afterEach(() => world.close());

const statusOf = async () => (await world.operator())?.status;
const isReady = async (): Promise<boolean> => (await statusOf())?.state === 'Ready';
const isOf = (release: string) => async (): Promise<boolean> =>
  (await isReady()) && (await statusOf())?.release === release;
const told = async (): Promise<string> => (await statusOf())?.progress?.message ?? '';

/** Tags of the first image of each workload, by its name. */
async function tags(): Promise<Readonly<Record<string, string>>> {
  const sets = await Promise.all([StatefulSetKind, DaemonSetKind].map((kind) => world.cluster.api.list(kind)));
  return Object.fromEntries(
    sets.flatMap(({ items }) =>
      (items as readonly KubeObject[]).map((object) => {
        const [, image = ''] = /"image":"([^"]+)"/.exec(JSON.stringify(object)) ?? [];
        return [object.metadata.name, image.split(':')[1] ?? ''] as const;
      }),
    ),
  );
}
/** Not named by the releases here. */
const others = ['tf-rabbitmq', 'tf-webui-redis', 'tf-zookeeper'];
const own = async (): Promise<ReadonlySet<string>> =>
  new Set(Object.entries(await tags()).flatMap(([name, tag]) => (others.includes(name) ? [] : [tag])));
const kept = (): Promise<ConfigMap> => world.cluster.get(ConfigMapKind, { namespace: 'tf', name: 'tf-release-images' });

describe('a Cluster release', () => {
  it('brings its images when the cloud is of it and applied, service by service, vRouters of one set after the other', async () => {
    expect([await own(), (await statusOf())?.release]).toEqual([new Set(['a']), first]);
    await cloudIs(world, second, 'APPLYING');
    await world.cluster.advance(120);
    expect([await own(), (await statusOf())?.release]).toEqual([new Set(['a']), first]);
    await cloudIs(world, second, 'APPLIED');
    const order: string[] = [];
    const states = new Set<string | undefined>();
    await world.cluster.until('it is of the release', async () => {
      const now = Object.entries(await tags()).flatMap(([name, tag]) => (tag === 'b' ? [name] : []));
      const fresh = now.filter((name) => !order.includes(name)).sort();
      order.push(...fresh);
      states.add((await statusOf())?.state);
      return isOf(second)();
    });
    expect(order).toEqual([
      'tf-cassandra',
      'tf-config',
      'tf-control',
      'tf-analytics',
      'tf-webui',
      'tf-vrouter-agent',
      'tf-vrouter-agent-rack-b',
      'tf-vrouter-provisioner',
    ]);
    expect(states).toContain('Deploying');
    expect(await own()).toEqual(new Set(['b']));
  });

  it('replaces no vRouter of a set while one of another is not ready', async () => {
    world.workloads.stuck.add('tf-vrouter-agent');
    await cloudIs(world, second, 'APPLIED');
    await world.cluster.until('it waits for it', async () => (await told()).includes('tf/tf-vrouter-agent '));
    await world.cluster.advance(300);
    expect(await tags()).toMatchObject({ 'tf-vrouter-agent': 'b', 'tf-vrouter-agent-rack-b': 'a' });
    world.workloads.stuck.clear();
    await world.cluster.until('it is of the release', isOf(second));
  });

  it('holds when it is taken back while the management cluster is away', async () => {
    world.releases.clear();
    world.isManagementAway = true;
    await world.cluster.apply(aTfOperator({ ...rackB, features: { ...features, config: { bgpAsn: 64_513 } } }));
    await world.cluster.advance(60);
    await world.cluster.until('Ready', isReady);
    expect([await own(), (await kept()).data?.['release']]).toEqual([new Set(['a']), first]);
  });

  it('is waited for while it cannot be read: OpenSDN stays what it is, is looked after, and says so', async () => {
    world.isManagementAway = true;
    await cloudIs(world, second, 'APPLIED');
    await world.cluster.until('it is told', async () => (await told()).includes('cannot be read'));
    expect(await statusOf()).toMatchObject({ state: 'Ready', release: first });
    const gone = { namespace: 'tf', name: 'tf-control' };
    await world.cluster.api.delete(DaemonSetKind, gone);
    await world.cluster.until(
      'it is put back',
      async () => (await world.cluster.find(DaemonSetKind, gone)) !== undefined,
    );
    expect(await own()).toEqual(new Set(['a']));
    world.isManagementAway = false;
    await world.cluster.until('it is of the release', isOf(second), 600);
  });

  it('fails when its images cannot be understood, with the name of the field, and nothing is changed', async () => {
    world.releases.set(second, bringing(second, 7));
    await cloudIs(world, second, 'APPLIED');
    await world.cluster.until('it has failed', async () => (await statusOf())?.state === 'Failed');
    expect(await told()).toMatch(/spec\.helm\.releases\[tungstenfabric-operator\]\.values\.images\./u);
    expect([await own(), (await statusOf())?.release]).toEqual([new Set(['a']), first]);
  });
});
