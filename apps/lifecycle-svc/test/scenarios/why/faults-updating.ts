import { aClusterLock, aGracefulReboot } from '../protocol.js';
import { clusterName } from '../rack/rack.js';
import { type Fault, lock, budget, update, failing, plan } from './fault.js';

/** What holds an update or a restart up. */
export const updatingFaults: readonly Fault[] = [
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
      await rack.world.apply(aGracefulReboot('wk-1'));
    },
    of: ['GracefulRebootRequest', clusterName],
    cause: { kind: 'Agent', name: 'wk-1' },
  },
  {
    name: 'a lock holds a graceful reboot',
    act: async (rack) => {
      await lock(rack);
      await rack.world.apply(aGracefulReboot('wk-1'));
    },
    of: ['GracefulRebootRequest', clusterName],
    cause: { kind: 'NodeWorkloadLock', name: 'sre-node' },
  },
  {
    name: 'a reboot names an unknown machine',
    act: (rack) => rack.world.apply(aGracefulReboot('nobody')),
    of: ['GracefulRebootRequest', clusterName],
    cause: { kind: 'GracefulRebootRequest', name: clusterName },
  },
];
