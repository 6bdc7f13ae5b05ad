import { ClusterKind, NodeWorkloadLockKind } from '@keelson/api';
import { aClusterLock } from '../protocol.js';
import { clusterName, namespace } from '../rack/rack.js';
import { type Fault, value, lock, budget, enter } from './fault.js';

/** What holds maintenance up, and what holds a machine or cluster that is to go. */
export const maintenanceFaults: readonly Fault[] = [
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
];
