import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GracefulRebootRequestKind, NodeKind, NodeMaintenanceRequestKind } from '@keelson/api';
import { aGracefulReboot, aNodeLock } from '../protocol.js';
import { type Rack, aRack, clusterName, namespace, theCluster } from '../rack/rack.js';

/** Sequence C of the reference: hosts of a cluster are restarted gracefully. */
describe('a graceful reboot', () => {
  let rack: Rack;
  beforeEach(async () => {
    rack = await aRack({ servers: 5 });
    await rack.world.apply(...theCluster(2));
    await rack.allReady();
  });
  afterEach(async () => {
    await rack.close();
  });

  const ask = (...machines: string[]): Promise<void> => rack.world.apply(aGracefulReboot(...machines));
  const isGone = async (): Promise<boolean> =>
    (await rack.world.find(GracefulRebootRequestKind, { namespace, name: clusterName })) === undefined;

  it('restarts all hosts one after the other, control plane first, and deletes itself', async () => {
    const child = await rack.child();
    let most = 0;
    await ask();
    await rack.world.until(
      'the request is gone',
      async () => {
        most = Math.max(most, (await child.list(NodeMaintenanceRequestKind)).items.length);
        return isGone();
      },
      2 * 3600,
    );
    expect([most, rack.restarts.slice(0, 3), rack.restarts.slice(3).sort()]).toEqual([
      1,
      ['srv-1', 'srv-2', 'srv-3'],
      ['srv-4', 'srv-5'],
    ]);
    await rack.allReady(600);
    await rack.world.until(
      'all nodes take pods again',
      async () => (await child.list(NodeKind)).items.every((node) => node.spec?.unschedulable !== true),
      60,
    );
    expect((await rack.cluster()).status?.providerStatus?.releaseRefs?.current?.name).toBe('mosk-21-1-0-26-1');
  });

  it('restarts only those named; a lock holds one and is named; deleted in the middle it spares what has not begun', async () => {
    const child = await rack.child();
    await child.create(aNodeLock('openstack', (await rack.machine('wk-1')).status?.instanceName ?? ''));
    await ask('wk-1', 'wk-2');
    await rack.world.advance(1800);
    const why = await rack.manager.why('GracefulRebootRequest', { namespace, name: clusterName });
    expect([why.chain.at(-1)?.object, rack.restarts]).toEqual([
      { kind: 'NodeWorkloadLock', name: 'openstack-node' },
      [],
    ]);
    await rack.world.api.delete(GracefulRebootRequestKind, { namespace, name: clusterName });
    await rack.world.until('the request is gone', isGone, 120);
    await rack.world.until(
      'the node is given back',
      async () => (await child.list(NodeMaintenanceRequestKind)).items.length === 0,
      600,
    );
    await rack.world.advance(600);
    expect(rack.restarts).toEqual([]);
  });

  it('says what is wrong with it', async () => {
    await ask('nobody');
    await rack.world.until(
      'it says so',
      async () =>
        (await rack.world.get(GracefulRebootRequestKind, { namespace, name: clusterName })).status?.progress?.reason ===
        'UnknownMachines',
      60,
    );
  });
});
