import { finalizers } from '@keelson/api';
import { type Plan, progressing, waitingOn } from '@keelson/reconcile';
import { named } from '../membership.js';
import { apiAddressOf, authoritySecretOf, clusterKeyOf, deploymentSecretOf, kubeconfigSecretOf } from '../names.js';
import type { ClusterWorld } from './cluster.observe.js';
import type { ClusterStep, RemovableKind } from './cluster.steps.js';

/** The way out: machines first, which the operator deletes; then all that was made for the cluster; the finalizer last. */
export function planClusterDeletion(world: ClusterWorld): Plan<ClusterStep> {
  const { cluster, machines } = world;
  const { namespace, name } = cluster.metadata;
  const first = machines[0];
  if (first !== undefined) {
    const going = machines.filter((machine) => machine.metadata.deletionTimestamp !== undefined);
    const advice =
      going.length === machines.length
        ? ''
        : `; delete ${named(machines.filter((machine) => !going.includes(machine)))}`;
    return {
      steps: [],
      outcome: waitingOn(
        { kind: 'Machine', namespace, name: first.metadata.name },
        'MachinesLeft',
        `its machines must go first: ${named(machines)}${advice}`,
      ),
    };
  }
  if (cluster.metadata.finalizers?.includes(finalizers.cluster) !== true) return { steps: [], outcome: progressing() };
  const remove = (kind: RemovableKind, present: unknown, of: string): ClusterStep[] =>
    present === undefined ? [] : [{ type: 'remove', kind, key: { namespace, name: of } }];
  return {
    steps: [
      { type: 'disconnect', cluster: clusterKeyOf(cluster) },
      ...remove('ClusterDeploymentStatus', world.deploymentStatus, name),
      ...remove('HelmBundle', world.bundle, name),
      ...remove('LCMCluster', world.lcmCluster, name),
      ...remove('IPaddr', world.address, apiAddressOf(name)),
      ...world.accesses.map((key) => ({ type: 'remove', kind: 'Secret', key }) as const),
      ...remove('Secret', world.secrets.kubeconfig, kubeconfigSecretOf(name)),
      ...remove('Secret', world.secrets.control, deploymentSecretOf(name, 'control')),
      ...remove('Secret', world.secrets.worker, deploymentSecretOf(name, 'worker')),
      ...remove('Secret', world.secrets.authority, authoritySecretOf(name)),
      { type: 'release', cluster },
    ],
    outcome: progressing('what was made for the cluster is removed'),
    why: 'its last machine is gone',
  };
}
