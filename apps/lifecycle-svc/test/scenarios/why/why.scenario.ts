import { describe, expect, it } from '@jest/globals';
import {
  BareMetalHostKind,
  ClusterKind,
  IPaddrKind,
  IpamHostKind,
  type KubeObject,
  NodeWorkloadLockKind,
  type Reference,
  SecretKind,
} from '@keelson/api';
import { aClusterLock, aHeldPod, aNodeLock } from '../protocol.js';
import {
  type Rack,
  aCluster,
  aKaasRelease,
  aMachine,
  aRack,
  aSubnet,
  clusterName,
  namespace,
  nextRelease,
  nextReleaseName,
  release,
} from '../rack.js';

/** A fault, what is asked about, and the one thing that holds it: the table by which `why` is judged. */
interface Fault {
  readonly name: string;
  /** Instead of one control-plane machine and one worker. */
  readonly given?: readonly KubeObject[];
  /** Before the manifests are applied. */
  readonly before?: (rack: Rack) => Promise<unknown> | void;
  /** Once the cluster is ready; absent: it never becomes so. */
  readonly act?: (rack: Rack) => Promise<unknown> | void;
  /** `kind/name`; the Cluster unless given. */
  readonly of?: readonly [kind: string, name: string];
  readonly cause: Partial<Reference>;
}

const value = (rack: Rack, more: object): Promise<unknown> =>
  rack.world.api.patch(ClusterKind, { namespace, name: clusterName }, { spec: { providerSpec: { value: more } } });
const nodeOf = async (rack: Rack): Promise<string> => (await rack.machine('wk-1')).status?.instanceName ?? '';
const lock = async (rack: Rack): Promise<void> =>
  void (await (await rack.child()).create(aNodeLock('sre', await nodeOf(rack))));
const budget = async (rack: Rack): Promise<void> => aHeldPod(rack, await rack.child(), await nodeOf(rack));
const enter = async (rack: Rack): Promise<void> => {
  await value(rack, { maintenance: true });
  await rack.ask('wk-1', { maintenance: true });
};
const update = async (rack: Rack): Promise<void> => {
  await rack.world.apply(nextRelease(), aKaasRelease());
  await rack.world.until(
    'the update is offered',
    async () => ((await rack.cluster()).status?.providerStatus?.releaseRefs?.available ?? []).length > 0,
    300,
  );
  await value(rack, { release: nextReleaseName });
};
const failing = (item: string) => (rack: Rack) =>
  void rack.failures.set(
    item,
    Array.from({ length: 99 }, () => 1),
  );
const hostError = (rack: Rack): Promise<unknown> =>
  rack.world.report(
    BareMetalHostKind,
    { namespace, name: 'srv-2' },
    { errorMessage: 'the BMC refuses the password', operationalStatus: 'error' },
  );
const control = aMachine('cp-1', 1);
const with_ = (worker: object, cluster: object = {}): readonly KubeObject[] => [
  aSubnet(),
  aCluster(cluster),
  control,
  aMachine('wk-1', 2, worker),
];
const brokenRelease = (): KubeObject =>
  JSON.parse(
    JSON.stringify(release()).replaceAll('{{nodeName}}', '{{nodeTitle}}').replace('mosk-21-1-0-26-1', 'mosk-broken'),
  ) as KubeObject;
const plan: KubeObject = {
  apiVersion: 'kaas.mirantis.com/v1alpha1',
  kind: 'ClusterUpdatePlan',
  metadata: { name: 'first-21.2.0', namespace },
  spec: {
    cluster: clusterName,
    source: 'mosk-21-1-0-26-1',
    target: nextReleaseName,
    steps: [{ id: 'k8s-controllers', name: 'Control plane', commence: false }],
  },
} as KubeObject;

const faults: readonly Fault[] = [
  { name: 'a worker’s host is dead', act: (rack) => rack.cut('srv-2'), cause: { kind: 'Agent', name: 'wk-1' } },
  {
    name: 'the only control-plane host is dead',
    act: (rack) => rack.cut('srv-1'),
    cause: { kind: 'Agent', name: 'cp-1' },
  },
  { name: 'a prepare item fails', before: failing('wk-1/prepare-kernel'), cause: { kind: 'Agent', name: 'wk-1' } },
  {
    name: 'a deploy item fails on the control plane',
    before: failing('cp-1/deploy-kubernetes'),
    cause: { kind: 'Agent', name: 'cp-1' },
  },
  {
    name: 'a deploy item fails on a worker',
    before: failing('wk-1/deploy-kubernetes'),
    cause: { kind: 'Agent', name: 'wk-1' },
  },
  {
    name: 'a reconfigure item fails',
    before: failing('wk-1/reconfigure-registries'),
    cause: { kind: 'Agent', name: 'wk-1' },
  },
  {
    name: 'deployment waits for an operator',
    given: with_({ day1Deployment: 'manual' }),
    cause: { kind: 'Machine', name: 'wk-1' },
  },
  {
    name: 'provisioning waits for an operator',
    given: with_({ day1Provisioning: 'manual' }),
    cause: { kind: 'Machine', name: 'wk-1' },
  },
  {
    name: 'no host matches',
    given: [aSubnet(), aCluster(), control, aMachine('wk-1', 9)],
    cause: { kind: 'BareMetalHostInventory' },
  },
  {
    name: 'the host is another machine’s',
    given: [aSubnet(), aCluster(), control, aMachine('wk-1', 1)],
    cause: { kind: 'Machine', name: 'cp-1' },
  },
  {
    name: 'the release does not exist',
    given: with_({}, { release: 'mosk-99' }),
    cause: { kind: 'ClusterRelease', name: 'mosk-99' },
  },
  { name: 'no subnet gives the address', given: [aCluster(), control], cause: { kind: 'Subnet' } },
  {
    name: 'the address is refused',
    before: async (rack) => {
      await rack.world.apply({
        apiVersion: 'ipam.mirantis.com/v1alpha1',
        kind: 'IPaddr',
        metadata: { name: 'first-api', namespace },
        spec: { subnetRef: 'api' },
      } as KubeObject);
      await rack.world.report(
        IPaddrKind,
        { namespace, name: 'first-api' },
        { phase: 'Failed', reason: 'the subnet is full' },
      );
    },
    cause: { kind: 'IPaddr', name: 'first-api' },
  },
  { name: 'there are no machines', given: [aSubnet(), aCluster()], cause: { kind: 'Machine' } },
  {
    name: 'a public key is missing',
    given: with_({}, { publicKeys: [{ name: 'ops' }] }),
    cause: { kind: 'PublicKey', name: 'ops' },
  },
  { name: 'a BMC refuses the password', act: hostError, cause: { kind: 'BareMetalHost', name: 'srv-2' } },
  {
    name: 'a host is switched off',
    act: (rack) => rack.world.report(BareMetalHostKind, { namespace, name: 'srv-2' }, { poweredOn: false }),
    cause: { kind: 'BareMetalHost', name: 'srv-2' },
  },
  {
    name: 'the network cannot be rendered',
    before: async (rack) => {
      await rack.world.apply({
        apiVersion: 'ipam.mirantis.com/v1alpha1',
        kind: 'IpamHost',
        metadata: { name: 'wk-1', namespace },
        spec: {},
      } as KubeObject);
      await rack.world.report(
        IpamHostKind,
        { namespace, name: 'wk-1' },
        { netconfigV2state: 'ERR: no such interface' },
      );
    },
    cause: { kind: 'IpamHost', name: 'wk-1' },
  },
  {
    name: 'an item of the release cannot be rendered',
    before: (rack) => rack.world.apply(brokenRelease()),
    given: with_({}, { release: 'mosk-broken' }),
    cause: { kind: 'ClusterRelease' },
  },
  {
    name: 'the certificate authority is lost',
    act: (rack) => rack.world.api.delete(SecretKind, { namespace, name: 'first-ca' }),
    cause: { kind: 'Secret', name: 'first-ca' },
  },
  {
    name: 'a lock of the cluster holds its maintenance',
    act: async (rack) => {
      await (await rack.child()).create(aClusterLock('sre'));
      await enter(rack);
    },
    cause: { kind: 'ClusterWorkloadLock', name: 'sre' },
  },
  {
    name: 'a foreign lock holds a node',
    act: async (rack) => {
      await lock(rack);
      await enter(rack);
    },
    cause: { kind: 'NodeWorkloadLock', name: 'sre-node' },
  },
  {
    name: 'a lock could not be released',
    act: async (rack) => {
      await lock(rack);
      await (
        await rack.child()
      ).patch(NodeWorkloadLockKind, { name: 'sre-node' }, { status: { state: 'failed' } }, { subresource: 'status' });
      await enter(rack);
    },
    cause: { kind: 'NodeWorkloadLock', name: 'sre-node' },
  },
  {
    name: 'a budget of zero holds a drain',
    act: async (rack) => {
      await budget(rack);
      await enter(rack);
    },
    cause: { kind: 'PodDisruptionBudget', name: 'none' },
  },
  {
    name: 'a machine’s maintenance comes before its cluster’s',
    act: (rack) => rack.ask('wk-1', { maintenance: true }),
    of: ['Machine', 'wk-1'],
    cause: { kind: 'Cluster', name: clusterName },
  },
  {
    name: 'a cluster leaves maintenance before its machine',
    act: async (rack) => {
      await enter(rack);
      await rack.world.until(
        'it is in',
        async () => (await rack.machine('wk-1')).status?.providerStatus?.maintenance === true,
        600,
      );
      await value(rack, { maintenance: false });
    },
    cause: { kind: 'Machine', name: 'wk-1' },
  },
  {
    name: 'a lock holds a deletion',
    act: async (rack) => {
      await lock(rack);
      await rack.ask('wk-1', { delete: true });
    },
    of: ['Machine', 'wk-1'],
    cause: { kind: 'NodeWorkloadLock', name: 'sre-node' },
  },
  {
    name: 'a budget holds a deletion',
    act: async (rack) => {
      await budget(rack);
      await rack.remove('wk-1');
    },
    of: ['Machine', 'wk-1'],
    cause: { kind: 'PodDisruptionBudget', name: 'none' },
  },
  {
    name: 'a host is not wiped',
    act: async (rack) => {
      rack.stuck.add('srv-2');
      await rack.remove('wk-1');
    },
    of: ['Machine', 'wk-1'],
    cause: { kind: 'BareMetalHost', name: 'srv-2' },
  },
  {
    name: 'the last control plane is to go',
    act: (rack) => rack.remove('cp-1'),
    of: ['Machine', 'cp-1'],
    cause: { kind: 'Machine', name: 'cp-1' },
  },
  {
    name: 'a cluster is deleted before its machines',
    act: (rack) => rack.world.api.delete(ClusterKind, { namespace, name: clusterName }),
    cause: { kind: 'Machine' },
  },
  {
    name: 'a lock of the cluster holds an update',
    act: async (rack) => {
      await (await rack.child()).create(aClusterLock('openstack-first'));
      await update(rack);
    },
    cause: { kind: 'ClusterWorkloadLock', name: 'openstack-first' },
  },
  {
    name: 'a foreign lock holds a node in an update',
    act: async (rack) => {
      await lock(rack);
      await update(rack);
    },
    cause: { kind: 'NodeWorkloadLock', name: 'sre-node' },
  },
  {
    name: 'a budget holds a node in an update',
    act: async (rack) => {
      await budget(rack);
      await update(rack);
    },
    cause: { kind: 'PodDisruptionBudget', name: 'none' },
  },
  {
    name: 'a step of the update is not commenced',
    act: async (rack) => {
      await rack.world.apply(plan);
      await update(rack);
    },
    cause: { kind: 'ClusterUpdatePlan', name: 'first-21.2.0' },
  },
  {
    name: 'an item fails in an update',
    act: async (rack) => {
      failing('wk-1/deploy-kubernetes')(rack);
      await update(rack);
    },
    cause: { kind: 'Agent', name: 'wk-1' },
  },
  {
    name: 'a worker that is dead is not updated',
    act: async (rack) => {
      rack.cut('srv-2');
      await rack.world.advance(300);
      await update(rack);
    },
    cause: { kind: 'Agent', name: 'wk-1' },
  },
  {
    name: 'a host does not return from a graceful reboot',
    act: async (rack) => {
      rack.lost.add('srv-2');
      await rack.world.apply({
        apiVersion: 'kaas.mirantis.com/v1alpha1',
        kind: 'GracefulRebootRequest',
        metadata: { name: clusterName, namespace },
        spec: { machines: ['wk-1'] },
      } as KubeObject);
    },
    of: ['GracefulRebootRequest', clusterName],
    cause: { kind: 'Agent', name: 'wk-1' },
  },
  {
    name: 'a lock holds a graceful reboot',
    act: async (rack) => {
      await lock(rack);
      await rack.world.apply({
        apiVersion: 'kaas.mirantis.com/v1alpha1',
        kind: 'GracefulRebootRequest',
        metadata: { name: clusterName, namespace },
        spec: { machines: ['wk-1'] },
      } as KubeObject);
    },
    of: ['GracefulRebootRequest', clusterName],
    cause: { kind: 'NodeWorkloadLock', name: 'sre-node' },
  },
  {
    name: 'a reboot names an unknown machine',
    act: (rack) =>
      rack.world.apply({
        apiVersion: 'kaas.mirantis.com/v1alpha1',
        kind: 'GracefulRebootRequest',
        metadata: { name: clusterName, namespace },
        spec: { machines: ['nobody'] },
      } as KubeObject),
    of: ['GracefulRebootRequest', clusterName],
    cause: { kind: 'GracefulRebootRequest', name: clusterName },
  },
];

describe('why', () => {
  const found: { name: string; expected: Partial<Reference>; actual: Reference | undefined; isRight: boolean }[] = [];

  it.each(faults)('$name', async ({ name, given, before, act, of = ['Cluster', clusterName], cause }) => {
    const rack = await aRack({ servers: 2 });
    try {
      await before?.(rack);
      await rack.world.apply(...(given ?? with_({})));
      if (act !== undefined) await rack.allReady();
      await act?.(rack);
      let actual: Reference | undefined;
      const isRight = (): boolean =>
        (cause.kind === undefined || actual?.kind === cause.kind) &&
        (cause.name === undefined || actual?.name === cause.name);
      for (let minutes = 0; minutes < 20 && (minutes < 2 || !isRight()); minutes += 1) {
        await rack.world.advance(60);
        actual = (await rack.manager.why(of[0], { namespace, name: of[1] })).chain.at(-1)?.object;
      }
      found.push({ name, expected: cause, actual, isRight: isRight() });
    } finally {
      await rack.close();
    }
  });

  it('the Cluster tells the failure of the leaf within five seconds', async () => {
    const rack = await aRack({ servers: 2 });
    try {
      await rack.world.apply(...with_({}));
      await rack.allReady();
      await lock(rack);
      await update(rack);
      const told = async (text: string): Promise<boolean> =>
        (await rack.cluster()).status?.progress?.message?.includes(text) === true;
      await rack.world.until('the lock is told', () => told('sre has not released its lock'), 1800);
      const child = await rack.child();
      await child.patch(
        NodeWorkloadLockKind,
        { name: 'sre-node' },
        { status: { state: 'failed', errorMessage: 'no room for two instances' } },
        { subresource: 'status' },
      );
      await rack.world.until('its failure is told', () => told('no room for two instances'), 5);
    } finally {
      await rack.close();
    }
  });

  it('names the right cause in at least 98 of 100', () => {
    const wrong = found.filter(({ isRight }) => !isRight);
    expect(wrong.length / found.length > 0.02 ? wrong : []).toEqual([]);
  });
});
