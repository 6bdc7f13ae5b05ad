import { afterEach, describe, expect, it } from '@jest/globals';
import { CronJobKind, DaemonSetKind, JobKind, OpenStackDeploymentStatusKind } from '@keelson/api';
import { eachCallFailing, type HermeticOptions } from '@keelson/testing';
import { mosk as openstack } from '../../../../openstack-svc/src/mosk.js';
import { cloudRenderer } from '../../../../openstack-svc/src/rollout/renderer.js';
import { SimulatedWorkloads } from '../../../../openstack-svc/test/scenarios/simulated-workloads.js';
import { stages } from '../../../src/migration/stages.js';
import { aMigrationWorld, backupKey, cloudKey, type MigrationWorld } from './migration-world.js';

let world: MigrationWorld | undefined;
afterEach(async () => {
  await world?.cluster.close();
  world = undefined;
});

const wide = {
  id: 'n1',
  name: 'wide',
  mtu: 1450,
  'provider:network_type': 'vxlan',
};
const allCompleted = {
  '10_PREPARE': 'completed',
  '20_DEPLOY_OVN_DB': 'completed',
  '30_DEPLOY_OVN_CONTROLLERS': 'completed',
  '40_MIGRATE_DATAPLANE': 'completed',
  '50_FINALIZE_MIGRATION': 'completed',
  '60_CLEANUP': 'completed',
};

describe('the migration from Open vSwitch to OVN', () => {
  it('goes from stage to stage, and ends with the back end in the spec and nothing held', async () => {
    world = await aMigrationWorld();
    await world.cluster.advance(600);
    expect(await world.state()).toBeUndefined();
    await world.ask({ '': 'migrate' });
    await world.play();
    expect([await world.state(), await world.backend(), await world.finalizers()]).toEqual([
      expect.objectContaining(allCompleted),
      'ml2/ovn',
      [],
    ]);
    await world.cluster.until('nothing holds it', async () => (await world?.hold()) === undefined, 5);
  });

  it('writes down the bridge mappings that nodes have, and does not cut one off that OVN would not be given', async () => {
    world = await aMigrationWorld();
    const other = [{ host: 'gtw-1', mappings: 'physnet1:br-ex' }];
    world.networks = { ...world.networks, bridgeMappings: [{ host: 'cmp-1', mappings: '' }, ...other] };
    await world.ask({ '': 'migrate' });
    await world.cluster.until('it is held', async () => (await world?.hold())?.reason === 'PreflightFailed');
    expect((await world.hold())?.message).toContain(
      'node gtw-1 has the bridge mappings physnet1:br-ex, and OVN is given none',
    );
    await world.ask({ '-accepted': 'Bridge mappings' });
    await world.cluster.until(
      'it begins',
      async () => (await world?.state())?.['20_DEPLOY_OVN_DB'] === 'started',
      7_200,
    );
    expect((await world.state())?.['bridge_mappings']).toBe('cmp-1 \ngtw-1 physnet1:br-ex');
  });

  it('is refused with the reason while a critical check fails, and goes on when it is cured', async () => {
    world = await aMigrationWorld();
    world.networks = { ...world.networks, networks: [wide] };
    await world.ask({ '': 'migrate' });
    await world.cluster.until('it is reported', async () => (await world?.state())?.['preflight'] !== undefined);
    await world.cluster.advance(3_600);
    expect(await world.state()).toEqual({
      preflight: 'CRITICAL Networks MTU size: network wide has an MTU of 1450; Geneve leaves 1442',
    });
    expect(await world.hold()).toMatchObject({
      reason: 'PreflightFailed',
      on: { kind: 'OpenStackDeployment', ...cloudKey },
      message: expect.stringContaining(
        'Networks MTU size: network wide has an MTU of 1450; Geneve leaves 1442; cure it',
      ),
    });
    world.networks = { ...world.networks, networks: [{ ...wide, mtu: 1442 }] };
    await world.cluster.until(
      'it begins',
      async () => (await world?.state())?.['20_DEPLOY_OVN_DB'] === 'started',
      7_200,
    );
  });

  it('goes on over critical findings that an operator has weighed, and only over those', async () => {
    world = await aMigrationWorld();
    world.networks = { ...world.networks, networks: [wide] };
    await world.ask({ '': 'migrate', '-accepted': 'Routers internal MTU' });
    await world.cluster.until('it is held', async () => (await world?.hold())?.reason === 'PreflightFailed');
    await world.ask({ '-accepted': 'Routers internal MTU, Networks MTU size' });
    await world.cluster.until('it begins', async () => (await world?.state())?.['20_DEPLOY_OVN_DB'] === 'started', 600);
  });

  it('removes what the old agents have left in the API, and tells what is in its way', async () => {
    const here = (world = await aMigrationWorld());
    const agent = { of: 'agents', id: 'a', what: 'the L3 agent of cmp-1' } as const;
    const port = { of: 'ports', id: 'p', what: 'the port p (network:dhcp)', isAlive: false } as const;
    here.leftovers = [{ ...agent, isAlive: true }, port];
    here.refused.set('p', 'it is in use');
    await here.ask({ '': 'migrate' });
    for (const stage of stages.slice(1)) {
      await here.cluster.until(stage, async () => (await here.state())?.[stage] === 'started');
      await here.rendered(stage);
    }
    const holds = (what: string) =>
      here.cluster.until(what, async () => (await here.hold())?.message.includes(what) === true, 300);
    await holds('the L3 agent of cmp-1 still reports');
    here.leftovers = here.leftovers.map((leftover) => ({ ...leftover, isAlive: false }));
    await holds('the port p (network:dhcp) cannot be removed: it is in use');
    expect(here.leftovers).toEqual([port]);
    expect(await here.backend()).not.toBe('ml2/ovn');
    here.refused.clear();
    await here.cluster.until('all is done', async () => (await here.state())?.['60_CLEANUP'] === 'completed', 600);
    expect(here.leftovers).toEqual([]);
  });

  it('backs the database up before, and is refused where it cannot', async () => {
    world = await aMigrationWorld();
    await world.ask({ '': 'backup', '-without-backup': null });
    await world.cluster.until('it is asked for', async () => (await world?.backupJob()) !== undefined);
    await world.backsUp({ conditions: [{ type: 'Failed', status: 'True' }] });
    await world.cluster.until('it failed', async () => (await world?.state())?.['backup_db'] === 'failed');
    await world.cluster.api.delete(JobKind, backupKey);
    await world.cluster.until('it is tried again', async () => (await world?.backupJob()) !== undefined);
    await world.backsUp({ succeeded: 1 });
    await world.cluster.until('it is done', async () => (await world?.state())?.['backup_db'] === 'completed');
    await world.ask({ '': 'migrate' });
    await world.cluster.until('it begins', async () => (await world?.state())?.['20_DEPLOY_OVN_DB'] === 'started');
  });

  it('is held where backups are off, unless an operator has another way back', async () => {
    world = await aMigrationWorld();
    await world.cluster.api.delete(CronJobKind, { namespace: 'openstack', name: 'mariadb-phy-backup' });
    await world.ask({ '': 'migrate', '-without-backup': null });
    await world.cluster.until('checked', async () => (await world?.state())?.['preflight'] !== undefined);
    await world.cluster.advance(3_600);
    expect((await world.state())?.['10_PREPARE']).toBeUndefined();
    expect(await world.hold()).toMatchObject({ reason: 'NoBackup', isBlocked: true });
    await world.ask({ '-without-backup': 'true' });
    await world.cluster.until('it begins', async () => (await world?.state())?.['10_PREPARE'] === 'completed', 7_200);
  });

  it('can be aborted before its second stage, and after it only be paused', async () => {
    world = await aMigrationWorld();
    await world.ask({ '': 'migrate', '-until': '10_PREPARE' });
    await world.cluster.until('it is prepared', async () => (await world?.state())?.['10_PREPARE'] === 'completed');
    await world.cluster.advance(3_600);
    expect((await world.state())?.['20_DEPLOY_OVN_DB']).toBeUndefined();
    await world.ask({ '': null });
    await world.cluster.until('it is forgotten', async () => (await world?.state()) === undefined);
    expect(await world.finalizers()).toEqual([]);
    await world.ask({ '': 'migrate', '-until': null });
    await world.cluster.until('it begins', async () => (await world?.state())?.['20_DEPLOY_OVN_DB'] === 'started');
    await world.ask({ '': null });
    await world.rendered('20_DEPLOY_OVN_DB');
    await world.cluster.until('it is done', async () => (await world?.state())?.['20_DEPLOY_OVN_DB'] === 'completed');
    await world.cluster.advance(3_600);
    expect((await world.state())?.['30_DEPLOY_OVN_CONTROLLERS']).toBeUndefined();
    expect(await world.hold()).toMatchObject({ reason: 'Paused', isBlocked: true });
    await world.ask({ '': 'migrate' });
    await world.cluster.until(
      'on',
      async () => (await world?.state())?.['30_DEPLOY_OVN_CONTROLLERS'] === 'started',
      7_200,
    );
  });

  it('holds before it goes on while controllers do not report; a stage over its time is failed and tried on', async () => {
    world = await aMigrationWorld();
    world.silent = ['compute-1'];
    await world.ask({ '': 'migrate' });
    for (const stage of ['20_DEPLOY_OVN_DB', '30_DEPLOY_OVN_CONTROLLERS', '40_MIGRATE_DATAPLANE']) {
      await world.cluster.until(stage, async () => (await world?.state())?.[stage] === 'started');
      await world.rendered(stage);
    }
    await world.cluster.until(
      'failed',
      async () => (await world?.state())?.['40_MIGRATE_DATAPLANE'] === 'failed',
      12_000,
    );
    expect((await world.progress())?.message).toBe('the OVN controllers of compute-1 do not report');
    await world.cluster.until('it is overdue', async () => (await world?.hold())?.reason === 'StageOverdue', 5);
    expect(await world.hold()).toMatchObject({
      on: { kind: 'Neutron' },
      message: expect.stringMatching(/40_MIGRATE_DATAPLANE \(overdue since .*\): the OVN controllers of compute-1/),
    });
    world.silent = [];
    await world.cluster.until('on', async () => (await world?.state())?.['50_FINALIZE_MIGRATION'] === 'started');
  });

  it('goes on where it was when the process is killed at any call', async () => {
    const played = await eachCallFailing(
      async (options: HermeticOptions) => {
        const one = await aMigrationWorld(options);
        try {
          await one.ask({ '': 'migrate', '-without-backup': null });
          await one.cluster.until('it is asked for', async () => (await one.backupJob()) !== undefined);
          await one.backsUp({ succeeded: 1 });
          await one.play();
          expect([(await one.state())?.['10_PREPARE'], await one.backend()]).toEqual(['completed', 'ml2/ovn']);
          return one.cluster;
        } finally {
          await one.cluster.close();
        }
      },
      // To die before a call is to die after the one before it.
      ['crashAfter'],
    );
    expect(played).toBeGreaterThan(15);
  });

  it('is rendered by openstack-svc stage by stage, and what runs in the end is what the back end ml2/ovn has', async () => {
    const here = (world = await aMigrationWorld());
    const ending = new AbortController();
    const workloads = new SimulatedWorkloads(here.cluster.api, here.cluster.clock);
    void workloads.run(ending.signal);
    await here.cluster.run(
      'openstack-svc',
      openstack({
        // Networking alone, which is what changes.
        renderer: {
          credentials: (request) => cloudRenderer.credentials(request),
          render: (request) =>
            cloudRenderer
              .render(request)
              .filter(({ name }) => name === 'networking')
              .map((service) => ({ ...service, needs: [] })),
        },
        release: () => '21.1.0+26.1',
        findRelease: () => Promise.resolve(undefined),
        host: 'test',
        noteFigures: () => undefined,
        askMember: () => Promise.resolve(undefined),
        amphoraApiOf: () => {
          throw new Error('no cloud is asked here');
        },
        cloudLoadOf: () => {
          throw new Error('no cloud is asked here');
        },
        hypervisorsOf: () => {
          throw new Error('no cloud is asked here');
        },
        recoveryOf: () => {
          throw new Error('no cloud is asked here');
        },
        podsOn: () => Promise.resolve([]),
        podsOf: () => Promise.resolve([]),
        powerOf: () => Promise.resolve({ power: 'Unknown', staysOff: false, message: 'nobody is asked here' }),
        apis: { ask: () => Promise.resolve([]) },
      }),
    );
    const daemons = async (): Promise<readonly string[]> =>
      (await here.cluster.api.list(DaemonSetKind)).items.map(({ metadata }) => metadata.name).sort();
    await here.cluster.until('Open vSwitch runs', async () => (await daemons()).length > 5);
    const isApplied = async (): Promise<boolean> =>
      (await here.cluster.get(OpenStackDeploymentStatusKind, cloudKey)).status?.osdpl?.state === 'APPLIED';
    await here.cluster.until('it is applied', isApplied);
    await here.ask({ '': 'migrate', '-until': '20_DEPLOY_OVN_DB' });
    await here.cluster.until('stage 20', async () => (await here.state())?.['20_DEPLOY_OVN_DB'] === 'completed');
    expect((await daemons()).filter((name) => name.startsWith('neutron') || name.startsWith('ovn'))).toEqual([
      'neutron-l3-agent-default',
    ]);
    await here.ask({ '-until': null });
    await here.cluster.until('all', async () => (await here.state())?.['60_CLEANUP'] === 'completed', 7_200);
    await here.cluster.advance(900);
    ending.abort(new Error('over'));
    expect((await daemons()).filter((name) => name.startsWith('neutron') || name.startsWith('ovn'))).toEqual([
      'neutron-ovn-metadata-agent-default',
      'neutron-server-default',
      'ovn-controller-default',
      'ovn-controller-gateway-default',
    ]);
    expect(workloads.completed.filter((name) => name === 'neutron-ovn-db-sync')).toHaveLength(1);
  });
});
