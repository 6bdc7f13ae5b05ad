import type { DaemonSet, Deployment, Job, KubeObject, StatefulSet } from '@keelson/api';

/**
 * Whether workloads run what was applied last, by their own status. Each answer is undefined when they do, else what is
 * missing, as the end of a sentence.
 */

/** What a workload lacks to run its newest generation with all pods ready; undefined for what is no workload. */
export function unreadiness(object: KubeObject): string | undefined {
  switch (object.kind) {
    case 'Deployment':
      return ofDeployment(object);
    case 'StatefulSet':
      return ofStatefulSet(object);
    case 'DaemonSet':
      return ofDaemonSet(object);
    default:
      return undefined;
  }
}

/** How many pods a workload is to have, and how many are of its newest generation. */
export interface Pods {
  readonly wanted: number;
  readonly updated: number;
}

/** How far the pods of a workload are; undefined of what has none, and of what replaces none by itself. */
export function podsOf(object: KubeObject): Pods | undefined {
  switch (object.kind) {
    case 'Deployment': {
      const { spec, status }: Deployment = object;
      return podsFrom(object, status?.observedGeneration, spec?.replicas ?? 1, status?.updatedReplicas);
    }
    case 'StatefulSet': {
      const { spec, status = {} }: StatefulSet = object;
      if (spec?.updateStrategy?.type === 'OnDelete') return undefined;
      const { replicas = 0, updatedReplicas, currentRevision, updateRevision, observedGeneration } = status;
      const updated = currentRevision === updateRevision ? replicas : updatedReplicas;
      return podsFrom(object, observedGeneration, spec?.replicas ?? 1, updated);
    }
    case 'DaemonSet': {
      const { spec, status = {} }: DaemonSet = object;
      if (spec?.updateStrategy?.type === 'OnDelete') return undefined;
      const { desiredNumberScheduled = 0, updatedNumberScheduled, observedGeneration } = status;
      return podsFrom(object, observedGeneration, desiredNumberScheduled, updatedNumberScheduled);
    }
    default:
      return undefined;
  }
}

/** Of a generation that its controller has not seen no pod is there yet. */
function podsFrom(object: KubeObject, observed: number | undefined, wanted: number, updated = 0): Pods {
  return { wanted, updated: isObserved(object, observed) ? Math.min(wanted, updated) : 0 };
}

/** What a Job lacks to be complete. */
export function incompleteness(job: Job): string | undefined {
  if (isComplete(job)) return undefined;
  return job.status?.active === undefined || job.status.active === 0 ? 'has not started' : 'is running';
}

export function isComplete(job: Job): boolean {
  return hasCondition(job, 'Complete');
}

/** The time a Job failed for good, milliseconds since the epoch, and why; undefined when it did not. */
export function failureOf(job: Job): { readonly at: number; readonly why: string } | undefined {
  const condition = job.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (condition === undefined) return undefined;
  return {
    at: Date.parse(condition.lastTransitionTime ?? '') || 0,
    why: condition.message ?? condition.reason ?? 'its pods failed',
  };
}

function hasCondition({ status }: Job, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
}

function isObserved({ metadata }: KubeObject, observed: number | undefined): boolean {
  return (observed ?? 0) >= (metadata.generation ?? 1);
}

const notSeen = 'waits for its controller';

function ofDeployment({ metadata, spec, status, ...rest }: Deployment): string | undefined {
  if (!isObserved({ metadata, ...rest }, status?.observedGeneration)) return notSeen;
  const wanted = spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  if (updatedReplicas < wanted) return `${updatedReplicas} of ${wanted} pods are of the newest generation`;
  if (replicas > updatedReplicas) return `${replicas - updatedReplicas} old pods are still there`;
  if (availableReplicas < wanted) return `${availableReplicas} of ${wanted} pods are available`;
  return undefined;
}

function ofStatefulSet({ metadata, spec, status, ...rest }: StatefulSet): string | undefined {
  if (!isObserved({ metadata, ...rest }, status?.observedGeneration)) return notSeen;
  const wanted = spec?.replicas ?? 1;
  const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = status ?? {};
  const isRolling = spec?.updateStrategy?.type !== 'OnDelete';
  if (isRolling && updateRevision !== currentRevision && updatedReplicas < wanted)
    return `${updatedReplicas} of ${wanted} pods are of the newest generation`;
  if (readyReplicas < wanted) return `${readyReplicas} of ${wanted} pods are ready`;
  return undefined;
}

function ofDaemonSet({ metadata, spec, status, ...rest }: DaemonSet): string | undefined {
  if (!isObserved({ metadata, ...rest }, status?.observedGeneration)) return notSeen;
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status ?? {};
  const isRolling = spec?.updateStrategy?.type !== 'OnDelete';
  if (isRolling && updatedNumberScheduled < wanted)
    return `${updatedNumberScheduled} of ${wanted} nodes have the newest generation`;
  if (numberAvailable < wanted) return `pods on ${numberAvailable} of ${wanted} nodes are available`;
  return undefined;
}
