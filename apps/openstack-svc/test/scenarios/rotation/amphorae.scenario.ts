import { afterEach, describe, expect, it } from '@jest/globals';
import { ConfigMapKind, OpenStackDeploymentKind, SecretKind } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { cloudRenderer, type Renderer } from '../../../src/rollout/renderer.js';
import { aCloudWorld, cloudKey, type CloudWorld } from '../cloud-world.js';
import { SimulatedOctavia } from './simulated-octavia.js';

let world: CloudWorld;
let octavia: SimulatedOctavia;
afterEach(() => world.close());

const namespace = 'openstack';
const isApplied = async () => (await world.status())?.osdpl?.state === 'APPLIED';
const enough = ['database', 'messaging', 'identity', 'load-balancer'];
/** As much of a cloud as this takes: the rest would only take time. */
const renderer: Renderer = {
  ...cloudRenderer,
  render: (input) =>
    cloudRenderer.render(input).flatMap((service) => {
      if (!enough.includes(service.name)) return [];
      return [{ ...service, needs: service.needs.filter((need) => enough.includes(need)) }];
    }),
};

/** A cloud in which so many load balancers are well. */
async function aBalancedCloud(count: number): Promise<readonly string[]> {
  world = await aCloudWorld({ ports: { renderer, amphoraApiOf: () => octavia.api } });
  octavia = new SimulatedOctavia(world.api, world.clock);
  world.workloads.onReady = octavia.rolled;
  await world.apply(aDeployment({ preset: 'core', features: { services: ['load-balancer'] } }));
  await world.until('the cloud is applied', isApplied);
  const made = Array.from({ length: count }, (_, n) => octavia.make(`lb-${n}`));
  await world.clock.advance(70_000);
  return made;
}

function rotate(id: number): Promise<unknown> {
  const patch = { status: { certificates: { octavia: { amphora: { rotation_id: id } } } } };
  return world.api.patch(OpenStackDeploymentKind, cloudKey, patch, { subresource: 'status' });
}

const written = async (key: string) =>
  (await world.api.get(ConfigMapKind, { namespace, name: 'octavia-amphora-rotation-state' }))?.data?.[key];
const stage = () => written('stage');
const secretText = async (name: string, key: string) =>
  textIn(await world.api.get(SecretKind, { namespace, name }), key);
const progress = async () => (await world.api.get(OpenStackDeploymentKind, cloudKey))?.status?.progress;

/** Until something holds; at every step no controller and no amphora refuses another. */
async function withoutOutage(what: string, predicate: () => boolean | Promise<boolean>): Promise<void> {
  await world.until(
    what,
    async () => {
      expect(await octavia.cutOff()).toEqual([]);
      return predicate();
    },
    6 * 3_600,
  );
}

/** Looks at a stage after which the service dies. */
const deadly = new Set([1, 2, 5, 30, 60, 90, 120]);
const isOver = async () => (await stage()) === 'done' && (await isApplied());

describe('a rotation of the authorities of amphorae', () => {
  it('gives every load balancer new amphorae, few at once, and cuts none off', async () => {
    const made = await aBalancedCloud(4);
    await octavia.cutOff();
    const before = await secretText('generated-octavia-amphora-ca', 'tls.crt');
    await rotate(1);
    const stages = new Set<string | undefined>();
    let late: string | undefined;
    await withoutOutage('it is over', async () => {
      const now = await stage();
      stages.add(now);
      // One that is made while controllers are replaced has amphorae of before or of after.
      if (now === 'issuing') late ??= octavia.make('late');
      return isOver();
    });
    expect([...stages]).toEqual(['trusting', 'issuing', 'replacing', 'presenting', 'done']);
    expect([new Set(octavia.ordered), octavia.most]).toEqual([new Set([...made, late]), 2]);
    expect(octavia.signers()).toEqual(['octavia-amphora-r1']);
    const after = await secretText('generated-octavia-amphora-ca', 'tls.crt');
    expect(after).not.toBe(before);
    expect(await secretText('octavia-certs', 'server-ca.pem')).toBe(`${after?.trim()}\n`);
    expect(await secretText('generated-octavia-amphora-ca-backup', 'tls.crt')).toBe(before);
    expect(await secretText('generated-octavia-amphora-ca-next', 'tls.crt')).toBeUndefined();
  });

  it('is over at once where nothing is balanced', async () => {
    await aBalancedCloud(0);
    await rotate(1);
    await world.until('it is over', isOver);
    expect(octavia.ordered).toEqual([]);
    expect(await secretText('generated-octavia-amphora-ca-backup', 'tls.crt')).toBeDefined();
  });

  it('goes on where it was, killed at any moment', async () => {
    const made = await aBalancedCloud(3);
    await octavia.cutOff();
    await rotate(1);
    const looks = new Map<string | undefined, number>();
    const deaths: (string | undefined)[] = [];
    await withoutOutage('it is over', async () => {
      const now = await stage();
      looks.set(now, (looks.get(now) ?? 0) + 1);
      if (now !== 'done' && deadly.has(looks.get(now) ?? 0)) {
        deaths.push(now);
        await world.kill();
      }
      return isOver();
    });
    expect(new Set(deaths)).toEqual(new Set(['trusting', 'issuing', 'replacing', 'presenting']));
    expect([octavia.signers(), new Set(octavia.ordered)]).toEqual([['octavia-amphora-r1'], new Set(made)]);
  });

  it('names a load balancer that stays in ERROR, begins no other, and goes on when it is well', async () => {
    const made = await aBalancedCloud(3);
    await octavia.cutOff();
    octavia.faults.inject({ kind: 'failoverFails', servers: [[...made].sort()[0] ?? ''], from: 0 });
    await rotate(1);
    await withoutOutage('it is told', async () => (await world.status())?.osdpl?.state === 'FAILED');
    const [bad] = [...made].sort();
    expect(await written('trouble')).toMatch(
      new RegExp(`the load balancer lb-\\d \\(${bad}\\) stays in ERROR after a failover`),
    );
    await withoutOutage('the way out is told', async () =>
      ((await progress())?.message ?? '').includes('abort-amphora-rotation=1'),
    );
    const others = octavia.ordered.filter((id) => id !== bad).length;
    await world.clock.advance(700_000);
    // What is well already is not touched again; what is not has its turn when this one is well.
    expect(octavia.ordered.filter((id) => id !== bad)).toHaveLength(others);
    expect(await octavia.cutOff()).toEqual([]);
    octavia.faults.clearAll();
    await withoutOutage('it is over', isOver);
    expect([octavia.signers(), await written('trouble')]).toEqual([['octavia-amphora-r1'], undefined]);
  });

  it('is given up where one is broken: both authorities stay trusted, and the next rotation takes it from there', async () => {
    const made = await aBalancedCloud(3);
    await octavia.cutOff();
    octavia.faults.inject({ kind: 'failoverFails', servers: [[...made].sort()[0] ?? ''], from: 0 });
    await rotate(1);
    await withoutOutage('it is told', async () => (await world.status())?.osdpl?.state === 'FAILED');
    const annotations = { 'keelson.dev/abort-amphora-rotation': '1' };
    await world.api.patch(OpenStackDeploymentKind, cloudKey, { metadata: { annotations } });
    await withoutOutage('it is given up', async () => (await stage()) === 'given-up' && (await isApplied()));
    expect(octavia.signers()).toEqual(['octavia-amphora', 'octavia-amphora-r1']);
    octavia.faults.clearAll();
    await rotate(2);
    await withoutOutage('the next begins', async () => (await stage()) === 'issuing');
    await withoutOutage('the next is over', isOver);
    expect(octavia.signers()).toEqual(['octavia-amphora-r1']);
  });

  it('goes on without a load balancer that is deleted', async () => {
    const made = await aBalancedCloud(3);
    await octavia.cutOff();
    const [bad = ''] = [...made].sort();
    octavia.faults.inject({ kind: 'failoverFails', servers: [bad], from: 0 });
    await rotate(1);
    await withoutOutage('it is told', async () => (await world.status())?.osdpl?.state === 'FAILED');
    octavia.set(bad, 'ERROR');
    octavia.remove(bad);
    await withoutOutage('it is over', isOver);
    expect(octavia.signers()).toEqual(['octavia-amphora-r1']);
  });
});
