import type { DaemonSet, Deployment, KubeObject, StatefulSet } from '@keelson/api';

export type Finding = 'Ready' | 'Unhealthy' | 'Unknown';

/**
 * How a workload is by its own status. A status about an older generation says nothing of the newest: Unknown.
 *
 * @param okScheduled on how many nodes a DaemonSet was when it was last Ready; fewer are wanted while nodes are drained
 */
export function findingOf(object: KubeObject, okScheduled: number | undefined): Finding {
  switch (object.kind) {
    case 'Deployment':
      return ofDeployment(object);
    case 'StatefulSet':
      return ofStatefulSet(object);
    case 'DaemonSet':
      return ofDaemonSet(object, okScheduled);
    default:
      return 'Unknown';
  }
}

function ofDeployment({ metadata, spec, status }: Deployment): Finding {
  if (status?.observedGeneration === undefined || status.observedGeneration < (metadata.generation ?? 1))
    return 'Unknown';
  return (status.availableReplicas ?? 0) >= (spec?.replicas ?? 1) ? 'Ready' : 'Unhealthy';
}

function ofStatefulSet({ metadata, spec, status }: StatefulSet): Finding {
  if (status?.observedGeneration === undefined || status.observedGeneration < (metadata.generation ?? 1))
    return 'Unknown';
  return (status.readyReplicas ?? 0) >= (spec?.replicas ?? 1) ? 'Ready' : 'Unhealthy';
}

function ofDaemonSet({ metadata, status }: DaemonSet, okScheduled: number | undefined): Finding {
  if (status?.observedGeneration === undefined || status.observedGeneration < (metadata.generation ?? 1))
    return 'Unknown';
  const { desiredNumberScheduled: desired = 0, numberAvailable = 0 } = status;
  // Pods of a node that is being drained are still wanted for a while.
  return numberAvailable >= Math.min(desired, okScheduled ?? desired) ? 'Ready' : 'Unhealthy';
}
