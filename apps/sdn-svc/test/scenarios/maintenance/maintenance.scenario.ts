import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClusterMaintenanceRequestKind,
  ClusterWorkloadLockKind,
  type KubeObject,
  NodeKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  PodKind,
} from '@keelson/api';
import { anSdnWorld, aTfOperator, bringing, cloudIs, type SdnWorld, tfData, withNodes } from '../sdn-world.js';

let world: SdnWorld;
beforeEach(async () => {
  world = await anSdnWorld();
  await withNodes(world);
  await world.cluster.apply(tfData(), aTfOperator());
  for (const node of ['compute-1', 'compute-2']) await vRouterOn(node, true);
  await world.cluster.until('Ready', async () => (await world.operator())?.status?.state === 'Ready');
});
afterEach(() => world.close());

async function vRouterOn(node: string, isReady: boolean): Promise<void> {
  const name = `tf-vrouter-agent-${node}`;
  const labels = { application: 'opensdn', component: 'vrouter-agent' };
  const pod: KubeObject & { spec: object } = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'tf', labels },
    spec: { nodeName: node, containers: [{ name: 'agent', image: 'agent' }] },
  };
  await world.cluster.apply(pod);
  const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False' }];
  await world.cluster.report(PodKind, { namespace: 'tf', name }, { phase: 'Running', conditions });
}

const update = { scope: 'os', release: '21.2.0+26.2' };

function request(
  nodeName: string,
  kind = 'NodeMaintenanceRequest',
  more: object = update,
): KubeObject & { spec: object } {
  const spec = { nodeName, ...more };
  return {
    apiVersion: 'lcm.mirantis.com/v1alpha1',
    kind,
    metadata: { name: nodeName },
    spec,
  };
}

const lockOf = async (node: string) => (await world.cluster.find(NodeWorkloadLockKind, { name: `tf-${node}` }))?.status;
const isReleased = (node: string) => async (): Promise<boolean> => (await lockOf(node))?.state === 'inactive';

describe('nodes with vRouters', () => {
  it('are worked on one at a time, the next when the vRouter of the last is ready again', async () => {
    await world.cluster.apply(request('compute-1'), request('compute-2'));
    await world.cluster.until('the first is released', isReleased('compute-1'));
    await world.cluster.advance(120);
    expect(await lockOf('compute-2')).toEqual({
      state: 'active',
      errorMessage: 'one node of OpenSDN is worked on at a time, and now it is compute-1',
      release: '21.2.0+26.2',
    });
    await vRouterOn('compute-1', false);
    await world.cluster.api.delete(NodeMaintenanceRequestKind, { name: 'compute-1' });
    await world.cluster.advance(120);
    expect(await lockOf('compute-1')).toMatchObject({
      state: 'inactive',
      errorMessage: expect.stringContaining('waits for the vRouter'),
    });
    expect(await isReleased('compute-2')()).toBe(false);
    await vRouterOn('compute-1', true);
    await world.cluster.until('the second is released', isReleased('compute-2'));
    expect((await lockOf('compute-1'))?.state).toBe('active');
  });

  it('are held while another vRouter is not ready, and while a database would lose its quorum', async () => {
    await vRouterOn('compute-2', false);
    await world.cluster.apply(request('compute-1'));
    await world.cluster.until(
      'it is said why',
      async () => (await lockOf('compute-1'))?.errorMessage === 'the vRouter is not ready on compute-2',
    );
    await world.cluster.api.delete(NodeMaintenanceRequestKind, { name: 'compute-1' });
    await vRouterOn('compute-2', true);
    await world.cluster.apply(request('control-1'));
    await world.cluster.until('it is released', isReleased('control-1'));
  });
});

describe('nodes beside one that is dead', () => {
  it('are worked on: its vRouter is missed by nobody, and two dead ones do not wait for each other', async () => {
    await vRouterOn('compute-2', false);
    await world.cluster.report(NodeKind, { name: 'compute-2' }, { conditions: [{ type: 'Ready', status: 'False' }] });
    await world.cluster.apply(request('compute-1'));
    await world.cluster.until('it is released', isReleased('compute-1'));
  });

  it('are worked on when somebody says that the other is out of use, though it is Ready', async () => {
    await vRouterOn('compute-2', false);
    await world.cluster.apply(request('compute-1'));
    await world.cluster.until('it is held', async () => (await lockOf('compute-1'))?.errorMessage !== undefined);
    await world.cluster.apply(request('compute-2', 'NodeDisableNotification', {}));
    await world.cluster.until('it is released', isReleased('compute-1'));
  });
});

describe('OpenSDN with a node that is dead', () => {
  it('is Ready and healthy, so that the cluster can be worked on', async () => {
    await world.cluster.report(NodeKind, { name: 'compute-2' }, { conditions: [{ type: 'Ready', status: 'False' }] });
    world.workloads.most.set('tf-vrouter-agent', world.workloads.nodes - 1);
    await world.cluster.advance(120);
    const { state, health } = (await world.operator())?.status ?? {};
    const [healthy, all] = (health ?? '').split('/');
    expect([state, healthy]).toEqual(['Ready', all]);
    await world.cluster.report(NodeKind, { name: 'compute-2' }, { conditions: [{ type: 'Ready', status: 'True' }] });
    await world.cluster.until('it is missed', async () => {
      const [some, whole] = ((await world.operator())?.status?.health ?? '').split('/');
      return some !== whole;
    });
  });
});

describe('the cluster', () => {
  it('is released when OpenSDN is Ready, healthy and of the release, and held again afterwards', async () => {
    const status = async () => (await world.cluster.find(ClusterWorkloadLockKind, { name: 'tf-openstack-tf' }))?.status;
    const lock = async () => (await status())?.state;
    await cloudIs(world, '21.1.0+26.1', 'APPLIED');
    await world.cluster.until('it is held', async () => (await lock()) === 'active');
    const asked = {
      apiVersion: 'lcm.mirantis.com/v1alpha1',
      kind: 'ClusterMaintenanceRequest',
      metadata: { name: 'r' },
    };
    await world.cluster.apply({ ...asked, spec: { release: '21.2.0+26.2' } } as KubeObject);
    const told = 'openstack-tf is of 21.1.0+26.1, and the cluster is to be worked on for 21.2.0+26.2';
    await world.cluster.until('it is told why', async () => (await status())?.errorMessage?.includes(told) === true);
    world.releases.set('21.2.0+26.2', bringing('21.2.0+26.2', 'b'));
    await cloudIs(world, '21.2.0+26.2', 'APPLIED');
    await world.cluster.until('it is released', async () => (await lock()) === 'inactive');
    expect((await world.operator())?.status).toMatchObject({ state: 'Ready', release: '21.2.0+26.2' });
    await world.cluster.api.delete(ClusterMaintenanceRequestKind, { name: 'r' });
    await world.cluster.until('it is held again', async () => (await lock()) === 'active');
  });
});
