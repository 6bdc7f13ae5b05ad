import { rfc3339 } from '@keelson/std';
import { type Condition, type Counts, type Deployment, DeploymentKind, type ReplicaSet } from '../kinds.js';
import { counted, sameStatus, share, withCondition } from '../objects.js';
import type { Plane } from '../plane.js';

interface Seen {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

/**
 * Writes the status of a Deployment when it has changed.
 *
 * @returns when it will have made no progress for too long, unless it does
 */
export async function reportDeployment(
  plane: Plane,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
): Promise<number | undefined> {
  const seen = seenIn(sets, current);
  const now = plane.clock.now();
  const { condition, deadline } = progressing(plane, deployment, seen, current);
  let conditions = withCondition(deployment.status?.conditions, availableCondition(deployment, seen), now);
  if (condition !== undefined) conditions = withCondition(conditions, condition, now);
  const wanted = deployment.spec.replicas ?? 1;
  const status = {
    ...counted({ ...seen, unavailableReplicas: Math.max(0, Math.max(wanted, seen.replicas) - seen.availableReplicas) }),
    observedGeneration: deployment.metadata.generation,
    conditions,
  };
  if (!sameStatus(deployment.status, status))
    await plane.api.patch(DeploymentKind, deployment.metadata, { status }, 'status');
  return deadline;
}

function seenIn(sets: readonly ReplicaSet[], current: ReplicaSet | undefined): Seen {
  const sum = (count: (status: Counts) => number | undefined): number =>
    sets.reduce((total, set) => total + (count(set.status ?? {}) ?? 0), 0);
  return {
    replicas: sum(({ replicas }) => replicas),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum(({ readyReplicas }) => readyReplicas),
    availableReplicas: sum(({ availableReplicas }) => availableReplicas),
  };
}

function availableCondition({ spec }: Deployment, { availableReplicas }: Seen): Condition {
  const replicas = spec.replicas ?? 1;
  const least = replicas - share(spec.strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, 'down');
  return availableReplicas >= least
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** How the rollout goes, in the words of Kubernetes' deployment controller (progress.go), which kubectl reads. */
function progressing(
  plane: Plane,
  deployment: Deployment,
  seen: Seen,
  current: ReplicaSet | undefined,
): { readonly condition: Condition | undefined; readonly deadline: number | undefined } {
  const before = deployment.status?.conditions?.find(({ type }) => type === 'Progressing');
  const now = plane.clock.now();
  const says = (status: string, reason: string, message: string): Condition => ({
    type: 'Progressing',
    status,
    reason,
    message,
    lastUpdateTime: rfc3339(now),
  });
  const name = current?.metadata.name ?? '';
  if (deployment.spec.paused === true)
    return {
      condition:
        before?.reason === 'DeploymentPaused' ? before : says('Unknown', 'DeploymentPaused', 'Deployment is paused'),
      deadline: undefined,
    };
  if (isComplete(deployment, seen))
    return {
      condition:
        before?.reason === 'NewReplicaSetAvailable' && before.message?.includes(`"${name}"`) === true
          ? before
          : says('True', 'NewReplicaSetAvailable', `ReplicaSet "${name}" has successfully progressed.`),
      deadline: undefined,
    };
  if (before === undefined || before.reason === 'DeploymentPaused' || hasMoved(deployment, seen))
    return withDeadline(plane, deployment, says('True', 'ReplicaSetUpdated', `ReplicaSet "${name}" is progressing.`));
  if (before.reason === 'ProgressDeadlineExceeded') return { condition: before, deadline: undefined };
  const limit = withDeadline(plane, deployment, before);
  if (limit.deadline === undefined || limit.deadline > now) return limit;
  const late = says('False', 'ProgressDeadlineExceeded', `ReplicaSet "${name}" has timed out progressing.`);
  return { condition: late, deadline: undefined };
}

function withDeadline(
  plane: Plane,
  { spec }: Deployment,
  condition: Condition,
): { readonly condition: Condition; readonly deadline: number } {
  const since = Date.parse(condition.lastUpdateTime ?? condition.lastTransitionTime ?? '');
  return { condition, deadline: since + plane.pace.ms(spec.progressDeadlineSeconds ?? 600) };
}

function isComplete({ spec }: Deployment, seen: Seen): boolean {
  const replicas = spec.replicas ?? 1;
  return [seen.updatedReplicas, seen.replicas, seen.availableReplicas].every((count) => count === replicas);
}

function hasMoved({ status = {}, metadata }: Deployment, seen: Seen): boolean {
  if (status.observedGeneration !== metadata.generation) return true;
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return (
    seen.updatedReplicas > updatedReplicas ||
    seen.replicas - seen.updatedReplicas < replicas - updatedReplicas ||
    seen.readyReplicas > readyReplicas ||
    seen.availableReplicas > availableReplicas
  );
}
