import { afterEach, describe, expect, it } from '@jest/globals';
import { ConfigMapKind, JobKind, StatefulSetKind } from '@keelson/api';
import { aDeployment, type SpecPatch } from '../../../src/deployment/deployment.fixtures.js';
import { cloudRenderer, type Renderer } from '../../../src/rollout/renderer.js';
import { aCloudWorld, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

const isApplied = async () => (await world.status())?.osdpl?.state === 'APPLIED';
const isFailed = async () => (await world.status())?.osdpl?.state === 'FAILED';
const namespace = 'openstack';
const setKey = { namespace, name: 'mariadb-server' };
const members = async () => (await world.api.get(StatefulSetKind, setKey))?.spec?.replicas;
const state = async () =>
  (await world.api.get(ConfigMapKind, { namespace, name: 'mariadb-phy-restore-state' }))?.data?.['stage'];
const restoreJobs = async () =>
  (await world.api.list(JobKind)).items.map(({ metadata }) => metadata.name).filter((name) => name.includes('restore'));

const enough = ['database', 'identity'];
const renderer: Renderer = {
  ...cloudRenderer,
  render: (input) => cloudRenderer.render(input).filter(({ name }) => enough.includes(name)),
};

async function aRunningCloud(): Promise<void> {
  world = await aCloudWorld({ ports: { renderer } });
  await world.apply(aDeployment({ preset: 'core' }));
  await world.until('the cloud is applied', isApplied);
  world.workloads.completed.length = 0;
}

const restoring = (backup_name: string | undefined, isOn = true, more: SpecPatch = {}): SpecPatch => ({
  preset: 'core',
  services: {
    database: {
      mariadb: {
        values: {
          ...more,
          manifests: { job_mariadb_phy_restore: isOn },
          ...(backup_name === undefined ? {} : { conf: { phy_restore: { backup_name } } }),
        },
      },
    },
  },
});

/** The numbers of members that the set was to have, each once in a row, until the restore is done. */
async function sizesUntilDone(eachStep: () => Promise<void> = async () => undefined): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  await world.until('the restore is done', async () => {
    await eachStep();
    const now = await members();
    if (seen.at(-1) !== now) seen.push(now);
    return (await state()) === 'done';
  });
  return seen;
}

describe('a restore of the database', () => {
  it('checks, stops all members, restores the first, lets the others join, and gives projects their accounts again', async () => {
    await aRunningCloud();
    await world.apply(aDeployment(restoring('2026-11-01_01-00-00/2026-11-02_01-00-00')));
    const tasks = new Set<string>();
    const sizes = await sizesUntilDone(async () => {
      for (const { tasks: own } of Object.values((await world.status())?.services ?? {}))
        for (const { description } of own ?? []) if (description?.startsWith('restore')) tasks.add(description);
    });
    expect(sizes).toEqual([3, 1, 0, 1, 3]);
    expect([...tasks]).toEqual(
      expect.arrayContaining(['restore: checking (1/6)', 'restore: copying (3/6)', 'restore: joining (5/6)']),
    );
    await world.until('the cloud is applied', isApplied);
    expect(world.workloads.completed).toEqual(['mariadb-phy-restore-check', 'mariadb-phy-restore', 'keystone-db-init']);
    await world.apply(aDeployment(restoring('2026-11-01_01-00-00/2026-11-02_01-00-00', false)));
    await world.until('nothing of it is left', async () => (await state()) === undefined);
    await world.until('the cloud is applied', isApplied);
    await world.clock.advance(10_000);
    expect([await restoreJobs(), await members()]).toEqual([[], 3]);
  });

  it('waits by name for a second member that does not join, and gives projects their accounts when it has', async () => {
    world = await aCloudWorld({ ports: { renderer } });
    const two = { pod: { replicas: { server: 2 } } };
    await world.apply(aDeployment({ preset: 'core', services: { database: { mariadb: { values: two } } } }));
    await world.until('the cloud is applied', isApplied);
    world.workloads.completed.length = 0;
    world.workloads.most.set('mariadb-server', 1);
    await world.apply(aDeployment(restoring('2026-11-01_01-00-00', true, two)));
    await world.until('the second is to join', async () => (await state()) === 'joining');
    await world.clock.advance(600_000);
    expect((await world.status())?.progress?.message).toContain('waits for 2 members to serve, 1 do');
    expect(world.workloads.completed).toEqual(['mariadb-phy-restore-check', 'mariadb-phy-restore']);
    world.workloads.most.clear();
    expect(await sizesUntilDone()).toEqual([2]);
    await world.until('the cloud is applied', isApplied);
    expect(world.workloads.completed).toContain('keystone-db-init');
  });

  it('goes on where it was, killed at any moment', async () => {
    await aRunningCloud();
    await world.apply(aDeployment(restoring('2026-11-01_01-00-00')));
    for (let i = 0; i < 10; i += 1) {
      await world.clock.advance(1_300 * (i % 4));
      await world.kill();
    }
    await sizesUntilDone();
    await world.until('the cloud is applied', isApplied);
    expect(world.workloads.completed.filter((name) => name === 'mariadb-phy-restore')).toHaveLength(1);
    expect(await members()).toBe(3);
  });

  it('touches nothing when there is no such backup, and is given up by its flag', async () => {
    await aRunningCloud();
    world.workloads.doing = async ({ metadata }) => (metadata.name.endsWith('-check') ? 'exit 1' : undefined);
    await world.apply(aDeployment(restoring('2020-01-01_00-00-00')));
    await world.until('it is told', isFailed);
    expect((await world.status())?.progress?.message).toContain('is not there or not whole');
    expect([await members(), await state()]).toEqual([3, 'checking']);
    await world.apply(aDeployment({ preset: 'core' }));
    await world.until('the cloud is applied', isApplied);
    expect(await state()).toBeUndefined();
  });

  it('needs the name of a backup', async () => {
    await aRunningCloud();
    await world.apply(aDeployment(restoring('../etc')));
    await world.until('it is told', isFailed);
    expect((await world.status())?.progress?.message).toContain('conf.phy_restore.backup_name');
    expect([await members(), await restoreJobs()]).toEqual([3, []]);
  });
});
