import type { Deployment, WorkloadCondition } from '@keelson/api';
import { rfc3339 } from '@keelson/std';

/** How the process of a Deployment stands. */
export interface ProcessStanding {
  /** Of the process that serves. */
  readonly version: string;
  readonly isReady: boolean;
  /** Undefined when the images are of several versions. */
  readonly wanted: string | undefined;
  /** The one of the wanted version that starts beside it. */
  readonly beside?: { readonly sinceMs: number; readonly missing: string | undefined };
  /** Why the one of the wanted version cannot be started. */
  readonly trouble?: { readonly reason: string; readonly message: string };
}

export type DeploymentStatus = NonNullable<Deployment['status']>;

/** The status that Kubernetes' controller of Deployments would write, as far as it is read: counts and conditions. */
export function deploymentStatus(deployment: Deployment, standing: ProcessStanding, now: number): DeploymentStatus {
  const { version, wanted, isReady, beside, trouble } = standing;
  const updatedReplicas = Number(version === wanted) + Number(beside !== undefined);
  const available = Number(isReady);
  const conditions = [
    isReady
      ? condition('Available', 'True', 'MinimumReplicasAvailable', `${version} serves`)
      : condition('Available', 'False', 'MinimumReplicasUnavailable', `${version} is not ready`),
    progressing(deployment, standing, now),
    ...(trouble === undefined ? [] : [condition('ReplicaFailure', 'True', trouble.reason, trouble.message)]),
  ];
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: 1 + Number(beside !== undefined),
    updatedReplicas,
    readyReplicas: available,
    availableReplicas: available,
    unavailableReplicas: 1 - available + Number(beside !== undefined),
    conditions: conditions.map((each) => timed(each, deployment.status?.conditions ?? [], now)),
  };
}

function progressing({ spec = {} }: Deployment, standing: ProcessStanding, now: number): WorkloadCondition {
  const { version, wanted, beside, trouble } = standing;
  const to = wanted ?? 'several versions';
  if (spec.paused === true) return condition('Progressing', 'Unknown', 'DeploymentPaused', 'its rollouts are paused');
  if (version === wanted) return condition('Progressing', 'True', 'NewReplicaSetAvailable', `${version} runs`);
  if (trouble !== undefined) return condition('Progressing', 'False', trouble.reason, trouble.message);
  if (beside === undefined)
    return condition('Progressing', 'True', 'ReplicaSetUpdated', `${to} is about to be started`);
  const lacks = beside.missing ?? 'it takes over';
  const limitSeconds = spec.progressDeadlineSeconds ?? 600;
  return now - beside.sinceMs > limitSeconds * 1000
    ? condition(
        'Progressing',
        'False',
        'ProgressDeadlineExceeded',
        `${to} has not become ready beside ${version} within ${limitSeconds} s: ${lacks}`,
      )
    : condition('Progressing', 'True', 'ReplicaSetUpdated', `${to} starts beside ${version}: ${lacks}`);
}

const condition = (type: string, status: string, reason: string, message: string): WorkloadCondition => ({
  type,
  status,
  reason,
  message,
});

/** A condition keeps the time of its last change of status. */
function timed(next: WorkloadCondition, before: readonly WorkloadCondition[], now: number): WorkloadCondition {
  const same = before.find(({ type, status }) => type === next.type && status === next.status);
  return { ...next, lastTransitionTime: same?.lastTransitionTime ?? rfc3339(now) };
}
