import type { Deployment, ReplicaSet } from '../kinds.js';
import { share } from '../objects.js';

/** ReplicaSets that get another number of replicas. */
export type RollingPlan = readonly { readonly set: ReplicaSet; readonly replicas: number }[];

const wanted = (set: ReplicaSet): number => set.spec.replicas ?? 0;
const available = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
const sum = (sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + count(set), 0);

/**
 * The next step of a rollout, as Kubernetes' deployment controller takes it (pkg/controller/deployment, rolling.go).
 *
 * @param oldPods pods of old ReplicaSets that exist in any state
 */
export function planRollout(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  oldPods: number,
): RollingPlan {
  const { spec } = deployment;
  const replicas = spec.replicas ?? 1;
  if (spec.paused === true) return whilePaused(replicas, current, old);
  if (current === undefined) return [];
  if (spec.strategy?.type === 'Recreate') return changes(recreated(replicas, current, old, oldPods));
  return changes([...grown(deployment, current, old), ...shrunk(deployment, current, old)]);
}

function changes(plan: RollingPlan): RollingPlan {
  return plan.filter(({ set, replicas }) => replicas !== wanted(set));
}

/** A paused Deployment is scaled, and not rolled out, as long as one ReplicaSet has all its pods. */
function whilePaused(replicas: number, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): RollingPlan {
  const active = [...(current === undefined ? [] : [current]), ...old].filter((set) => wanted(set) > 0);
  const [only] = active;
  return active.length === 1 && only !== undefined ? changes([{ set: only, replicas }]) : [];
}

function recreated(replicas: number, current: ReplicaSet, old: readonly ReplicaSet[], oldPods: number): RollingPlan {
  const down = old.map((set) => ({ set, replicas: 0 }));
  const isEmpty = oldPods === 0 && sum(old, (set) => set.status?.replicas ?? 0) === 0;
  return isEmpty ? [...down, { set: current, replicas }] : down;
}

function limits({ spec }: Deployment): {
  readonly surge: number;
  readonly unavailable: number;
  readonly replicas: number;
} {
  const replicas = spec.replicas ?? 1;
  const rolling = spec.strategy?.rollingUpdate;
  const surge = share(rolling?.maxSurge ?? '25%', replicas, 'up');
  const unavailable = share(rolling?.maxUnavailable ?? '25%', replicas, 'down');
  // Both zero would never move: one may be missing then.
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable, replicas };
}

function grown(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): RollingPlan {
  const { surge, replicas } = limits(deployment);
  if (wanted(current) >= replicas) return [{ set: current, replicas }];
  const room = replicas + surge - wanted(current) - sum(old, wanted);
  return [{ set: current, replicas: Math.min(replicas, wanted(current) + Math.max(0, room)) }];
}

function shrunk(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): RollingPlan {
  const { unavailable, replicas } = limits(deployment);
  const least = replicas - unavailable;
  const total = wanted(current) + sum(old, wanted);
  const lacking = wanted(current) - available(current);
  const most = total - least - lacking;
  if (most <= 0) return [];
  const oldest = [...old].sort((a, b) => created(a) - created(b));
  const healthy = withoutBroken(oldest, most);
  const spare = available(current) + sum(old, available) - least;
  return scaledDown(healthy, Math.max(0, spare));
}

/** Pods of old ReplicaSets that are not available serve nobody: they go first. */
function withoutBroken(old: readonly ReplicaSet[], most: number): RollingPlan {
  let left = most;
  return old.map((set) => {
    const broken = Math.min(left, Math.max(0, wanted(set) - available(set)));
    left -= broken;
    return { set, replicas: wanted(set) - broken };
  });
}

function scaledDown(plan: RollingPlan, most: number): RollingPlan {
  let left = most;
  return plan.map(({ set, replicas }) => {
    const down = Math.min(left, replicas);
    left -= down;
    return { set, replicas: replicas - down };
  });
}

const created = ({ metadata }: ReplicaSet): number => Date.parse(metadata.creationTimestamp ?? '');
