import { parseKey } from '@keelson/api';
import { equalJson } from '@keelson/std';
import type { ChildWrite } from '../../clusters/child-api.js';
import { ownerKeys, ownKey } from '../concerns.js';
import { type RollingPlan, planRollout } from './deployment.plan.js';
import { reportDeployment } from './deployment.status.js';
import { type Deployment, DeploymentKind, type PodTemplate, type ReplicaSet, ReplicaSetKind } from '../kinds.js';
import { controllerOf, hashOf, ownedBy, simulated } from '../objects.js';
import { type Controller, type Plane, forEach } from '../plane.js';

const hashLabel = 'pod-template-hash';
const revisionAnnotation = 'deployment.kubernetes.io/revision';

/** Rolls Deployments out: a ReplicaSet per template, pods moved from the old to the new within surge and unavailability. */
export function deployments(plane: Plane): Controller {
  return {
    name: 'deployment',
    concerns: (write) => [
      ...ownKey(write, 'deployments.apps'),
      ...ownerKeys(write, 'Deployment'),
      ...(write.resource === 'pods' && write.type === 'delete' ? deploymentOfPod(write) : []),
    ],
    async sync(key) {
      const deployment = await plane.api.get(DeploymentKind, parseKey(key));
      if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return undefined;
      const { current, old } = await revisionsOf(plane, deployment);
      await scale(plane, planRollout(deployment, current, old, stillEnding(plane, old)));
      const sets = await setsOf(plane, deployment);
      await forget(plane, deployment, sets);
      return reportDeployment(plane, deployment, sets, currentOf(deployment, sets));
    },
  };
}

/** A Recreate waits for the last old pod; its ReplicaSet's name without the hash is the Deployment's. */
function deploymentOfPod(write: ChildWrite): readonly string[] {
  return ownerKeys(write, 'ReplicaSet').map((key) => key.replace(/-[^-]*$/, ''));
}

async function setsOf(plane: Plane, deployment: Deployment): Promise<readonly ReplicaSet[]> {
  const all = await plane.api.list(ReplicaSetKind, deployment.metadata.namespace);
  return all.filter((set) => controllerOf(set)?.uid === deployment.metadata.uid);
}

function currentOf({ spec }: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return sets.find((set) => equalJson(withoutHash(set.spec.template), withoutHash(spec.template)));
}

function withoutHash(template: PodTemplate): PodTemplate {
  const { [hashLabel]: _hash, ...labels } = template.metadata?.labels ?? {};
  const { annotations = {} } = template.metadata ?? {};
  return { ...template, metadata: { ...template.metadata, labels, annotations } };
}

const revisionOf = (set: ReplicaSet): number => Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);

/** The ReplicaSet of the present template, made or made the newest if need be, and all others. */
async function revisionsOf(
  plane: Plane,
  deployment: Deployment,
): Promise<{ readonly current: ReplicaSet | undefined; readonly old: readonly ReplicaSet[] }> {
  const sets = await setsOf(plane, deployment);
  const current = currentOf(deployment, sets);
  const old = sets.filter((set) => set !== current);
  if (current === undefined && deployment.spec.paused === true) return { current, old };
  const newest = Math.max(0, ...old.map(revisionOf));
  if (current === undefined) {
    await plane.api.create(ReplicaSetKind, newSet(deployment, newest + 1));
  } else if (revisionOf(current) <= newest) {
    const annotations = { [revisionAnnotation]: String(newest + 1) };
    await plane.api.patch(ReplicaSetKind, current.metadata, { metadata: { annotations } });
  }
  const revision = String(current === undefined || revisionOf(current) <= newest ? newest + 1 : revisionOf(current));
  if (deployment.metadata.annotations?.[revisionAnnotation] !== revision)
    await plane.api.patch(DeploymentKind, deployment.metadata, {
      metadata: { annotations: { [revisionAnnotation]: revision } },
    });
  return { current: current ?? currentOf(deployment, await setsOf(plane, deployment)), old };
}

function newSet(deployment: Deployment, revision: number): ReplicaSet {
  const { metadata, spec } = deployment;
  const hash = hashOf(spec.template);
  const labels = { ...spec.template.metadata?.labels, [hashLabel]: hash };
  const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...annotations } = metadata.annotations ?? {};
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      labels,
      annotations: { ...annotations, ...simulated, [revisionAnnotation]: String(revision) },
      ownerReferences: [ownedBy(deployment)],
    },
    spec: {
      replicas: 0,
      minReadySeconds: spec.minReadySeconds,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [hashLabel]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
}

function stillEnding(plane: Plane, old: readonly ReplicaSet[]): number {
  return old.reduce((sum, set) => sum + plane.index.ownedBy(set).length, 0);
}

async function scale(plane: Plane, plan: RollingPlan): Promise<void> {
  await forEach(plan, ({ set, replicas }) => plane.api.patch(ReplicaSetKind, set.metadata, { spec: { replicas } }));
}

/** Old ReplicaSets beyond the history's limit go, the oldest first. */
async function forget(plane: Plane, { spec }: Deployment, sets: readonly ReplicaSet[]): Promise<void> {
  const newest = Math.max(...sets.map(revisionOf));
  const idle = sets
    .filter((set) => revisionOf(set) !== newest && set.spec.replicas === 0 && (set.status?.replicas ?? 0) === 0)
    .sort((a, b) => revisionOf(a) - revisionOf(b));
  const surplus = idle.slice(0, Math.max(0, idle.length - (spec.revisionHistoryLimit ?? 10)));
  await forEach(surplus, ({ metadata }) => plane.api.end(ReplicaSetKind, metadata));
}
