import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ClusterMaintenanceRequestKind,
  ClusterWorkloadLockKind,
  type KubeObject,
  type Node,
  NodeKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  PodKind,
  type Reference,
  SecretKind,
  StatefulSetKind,
  TFOperatorKind,
} from '@keelson/api';
import { anSdnWorld, aTfOperator, operatorKey, type SdnWorld, tfData, withNodes } from '../sdn-world.js';

interface Fault {
  readonly name: string;
  /** `kind/name`; the TFOperator unless given. */
  readonly of?: readonly [kind: string, name: string];
  /** Ends when the leaf has failed. */
  readonly act: () => Promise<unknown>;
  readonly cure: () => Promise<unknown>;
  readonly cause: Partial<Reference>;
  readonly says: RegExp;
  /** Of kinds with a state: whether it is one that must end. */
  readonly isMoving?: boolean;
}

let world: SdnWorld;
let changes = 64_512;

/** OpenSDN has something to apply. */
const change = (): Promise<void> =>
  world.cluster.apply(aTfOperator({ features: { config: { bgpAsn: (changes += 1) } } }));
const message = async (): Promise<string> => (await world.operator())?.status?.progress?.message ?? '';
const tells = (text: string): Promise<void> =>
  world.cluster.until(`it tells "${text}"`, async () => (await message()).includes(text));
const stuck = async (name: string): Promise<void> => {
  world.workloads.stuck.add(name);
  await change();
  await tells(name);
};

async function pod(name: string, component: string, status: object, nodeName?: string): Promise<void> {
  const labels = { application: 'opensdn', component };
  const object: KubeObject & { spec: object } = {
    apiVersion: 'v1',
    kind: PodKind.kind,
    metadata: { name, namespace: 'tf', labels },
    spec: { ...(nodeName === undefined ? {} : { nodeName }), containers: [{ name: 'main', image: 'opensdn/api:1' }] },
  };
  await world.cluster.apply(object);
  await world.cluster.report(PodKind, { namespace: 'tf', name }, status);
}

const gone = (name: string): Promise<unknown> =>
  world.cluster.api.delete(PodKind, { namespace: 'tf', name }, { gracePeriodSeconds: 0 });
const node = (name: string, is: boolean): Promise<unknown> =>
  world.cluster.report<Node>(NodeKind, { name }, { conditions: [{ type: 'Ready', status: is ? 'True' : 'Unknown' }] });
const vRouter = (on: string, is: boolean): Promise<void> =>
  pod(
    `tf-vrouter-agent-${on}`,
    'vrouter-agent',
    { conditions: [{ type: 'Ready', status: is ? 'True' : 'False' }] },
    on,
  );
const maintain = (name: string): Promise<void> =>
  world.cluster.apply(request('NodeMaintenanceRequest', name, { nodeName: name, scope: 'os', release: '21.2.0+26.2' }));

function request(kind: string, name: string, spec: object): KubeObject & { readonly spec: object } {
  return { apiVersion: 'lcm.mirantis.com/v1alpha1', kind, metadata: { name }, spec };
}

const released = async (): Promise<void> => {
  world.workloads.stuck.clear();
  await change();
};
const unmaintained = async (): Promise<void> => {
  for (const { metadata } of (await world.cluster.api.list(NodeMaintenanceRequestKind)).items)
    await world.cluster.api.delete(NodeMaintenanceRequestKind, { name: metadata.name });
};
const told = async (kind: string, name: string): Promise<string> => {
  if (kind === TFOperatorKind.kind) return message();
  const lock = kind === NodeWorkloadLockKind.kind ? NodeWorkloadLockKind : ClusterWorkloadLockKind;
  return (await world.cluster.find(lock, { name }))?.status?.errorMessage ?? '';
};
const isWell = async (): Promise<boolean> => {
  const { state, health, progress } = (await world.operator())?.status ?? {};
  const [healthy, all] = (health ?? '?/').split('/');
  return state === 'Ready' && healthy === all && progress?.reason === undefined;
};
const exchanged = { namespace: 'openstack-tf-shared', name: 'tf-data' };
const cassandra = { namespace: 'tf', name: 'tf-cassandra' };

/** The table by which `why` is judged: each fault on the same OpenSDN, which is put right in between. */
const faults: readonly Fault[] = [
  {
    name: 'OpenStack has not handed over what it needs',
    act: () => world.cluster.api.delete(SecretKind, exchanged),
    cure: () => world.cluster.apply(tfData()),
    cause: { kind: 'Secret', ...exchanged },
    says: /OpenStack has not handed over tf-data yet/,
    isMoving: true,
  },
  {
    name: 'no node has the label of a part',
    act: async () => {
      for (const n of [1, 2, 3])
        await world.cluster.api.patch(
          NodeKind,
          { name: `control-${n}` },
          { metadata: { labels: { tfconfigdb: null } } },
        );
    },
    cure: async () => {
      for (const n of [1, 2, 3])
        await world.cluster.api.patch(
          NodeKind,
          { name: `control-${n}` },
          { metadata: { labels: { tfconfigdb: 'enabled' } } },
        );
    },
    cause: { kind: 'Node', name: 'tfconfigdb=enabled' },
    says: /No node has the label tfconfigdb=enabled/,
    isMoving: true,
  },
  {
    name: 'an image cannot be pulled',
    act: async () => {
      await stuck('tf-config');
      const state = { waiting: { reason: 'ImagePullBackOff', message: 'manifest unknown' } };
      await pod('tf-config-1', 'config', { containerStatuses: [{ name: 'main', image: 'opensdn/api:1', state }] });
    },
    cure: async () => {
      await gone('tf-config-1');
      await released();
    },
    cause: { kind: 'Pod', name: 'tf-config-1' },
    says: /the image opensdn\/api:1 of its pod tf-config-1 cannot be pulled: manifest unknown/,
    isMoving: true,
  },
  {
    name: 'a node of the control plane is not ready',
    act: async () => {
      await stuck('tf-control');
      await pod('tf-control-1', 'control', { phase: 'Running' }, 'control-1');
      await node('control-1', false);
    },
    cure: async () => {
      await node('control-1', true);
      await gone('tf-control-1');
      await released();
    },
    cause: { kind: 'Node', name: 'control-1' },
    says: /its pod tf-control-1 is on the node control-1, which is not Ready/,
    isMoving: true,
  },
  {
    name: 'a database that ran loses its quorum',
    act: async () => {
      world.workloads.most.set(cassandra.name, 1);
      await world.cluster.report(StatefulSetKind, cassandra, { readyReplicas: 1 });
    },
    cure: async () => world.workloads.most.clear(),
    cause: { kind: 'StatefulSet', name: 'tf-cassandra' },
    says: /StatefulSet tf\/tf-cassandra 1 of 3 pods are ready/,
    isMoving: false,
  },
  {
    name: 'a workload does not get ready in its time',
    act: async () => {
      await stuck('tf-config');
      await world.cluster.until(
        'it is given up',
        async () => (await world.operator())?.status?.state === 'Failed',
        9_000,
      );
    },
    cure: released,
    cause: { kind: 'DaemonSet', name: 'tf-config' },
    says: /config: DaemonSet tf\/tf-config/,
    isMoving: false,
  },
  {
    name: 'the cluster is to be worked on while OpenSDN is not healthy',
    of: ['ClusterWorkloadLock', 'tf-openstack-tf'],
    act: async () => {
      await stuck('tf-config');
      await world.cluster.apply(request('ClusterMaintenanceRequest', 'update', { release: '21.1.0+26.1' }));
    },
    cure: async () => {
      await world.cluster.api.delete(ClusterMaintenanceRequestKind, { name: 'update' });
      await released();
    },
    cause: { kind: 'DaemonSet', name: 'tf-config' },
    says: /OpenSDN openstack-tf is Deploying: config: DaemonSet tf\/tf-config/,
  },
  {
    name: 'a vRouter of another node is not ready',
    of: ['NodeWorkloadLock', 'tf-compute-1'],
    act: async () => {
      await vRouter('compute-2', false);
      await maintain('compute-1');
    },
    cure: async () => {
      await vRouter('compute-2', true);
      await unmaintained();
    },
    cause: { kind: 'Node', name: 'compute-2' },
    says: /the vRouter is not ready on compute-2/,
  },
  {
    name: 'another node is worked on',
    of: ['NodeWorkloadLock', 'tf-compute-2'],
    act: async () => {
      await maintain('compute-1');
      await world.cluster.until(
        'the first is released',
        async () =>
          (await world.cluster.find(NodeWorkloadLockKind, { name: 'tf-compute-1' }))?.status?.state === 'inactive',
      );
      await maintain('compute-2');
    },
    cure: unmaintained,
    cause: { kind: 'Node', name: 'compute-1' },
    says: /one node of OpenSDN is worked on at a time, and now it is compute-1/,
  },
];

describe('why OpenSDN does not get on', () => {
  beforeAll(async () => {
    world = await anSdnWorld();
    await withNodes(world);
    await world.cluster.apply(tfData(), aTfOperator());
    for (const on of ['compute-1', 'compute-2']) await vRouter(on, true);
    await world.cluster.until('all is well', isWell);
  });
  afterAll(() => world.close());

  it.each(faults)('$name', async (fault) => {
    const { of: [kind, name] = [TFOperatorKind.kind, operatorKey.name], cause, says, isMoving } = fault;
    try {
      await fault.act();
      await world.cluster.until(`${kind} tells`, async () => says.test(await told(kind, name)), 5);
      const key = kind === TFOperatorKind.kind ? operatorKey : { name };
      const { chain } = await world.manager.why(kind, key);
      const [top] = chain;
      expect(chain.at(-1)?.object).toMatchObject(cause);
      expect(top?.message).toMatch(says);
      if (isMoving === undefined) return;
      expect([top?.since, top?.lookedAt].map((time) => Number.isNaN(Date.parse(time ?? '')))).toEqual([false, false]);
      expect([top?.unblocks, top?.abort]).not.toContain(undefined);
      expect([top?.deadline !== undefined, top?.heartbeat !== undefined]).toEqual([isMoving, isMoving]);
    } finally {
      await fault.cure();
      await world.cluster.until('all is well again', isWell);
    }
  });
});
