import {
  type DaemonSet,
  DaemonSetKind,
  JobKind,
  type KubeObject,
  SecretKind,
  type StatefulSet,
  StatefulSetKind,
  type TfRollout,
} from '@keelson/api';
import { appliedDigest, identityOf, isComplete } from '@keelson/mosk';
import { rfc3339, sha256Json } from '@keelson/std';
import type { Item, OperatorWorld, WorldService } from './operator.world.js';

/** How many pods run what is rendered, of how many; undefined while nothing is. */
export function rolloutIn(services: readonly WorldService[]): OperatorWorld['rollout'] {
  const items = services.flatMap(({ items: of }) => of);
  if (items.length === 0) return undefined;
  const counts = items.map(podsOf);
  const told = items.filter(({ wanted }) => wanted.kind !== SecretKind.kind);
  return {
    of: sha256Json(told.map(({ wanted }) => [identityOf(wanted), appliedDigest(wanted)])).slice(0, 16),
    ready: counts.reduce((sum, { ready }) => sum + ready, 0),
    wanted: counts.reduce((sum, { wanted }) => sum + wanted, 0),
  };
}

/**
 * The count only grows as long as what is put in place stays the same: pods that come and go do not put the deadline off for ever.
 */
export function rolloutAfter({ now, operator, rollout }: OperatorWorld): TfRollout | undefined {
  const before = operator.status?.rollout;
  if (rollout === undefined) return before;
  if (before?.of !== rollout.of || rollout.ready > before.ready) return { ...rollout, advancedAt: rfc3339(now) };
  return { ...before, wanted: rollout.wanted };
}

interface Pods {
  readonly ready: number;
  readonly wanted: number;
}

function podsOf({ wanted, live, isCurrent }: Item): Pods {
  switch (wanted.kind) {
    case DaemonSetKind.kind:
      return onNodes(live, isCurrent);
    case StatefulSetKind.kind:
      return members(wanted, live, isCurrent);
    case JobKind.kind:
      return { ready: isCurrent && live !== undefined && isComplete(live) ? 1 : 0, wanted: 1 };
    default:
      return { ready: 0, wanted: 0 };
  }
}

function onNodes(live: DaemonSet | undefined, isCurrent: boolean): Pods {
  const { status } = live ?? {};
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled: updated = 0, numberAvailable = 0 } = status ?? {};
  return { ready: isCurrent && isSeen(live, status) ? Math.min(updated, numberAvailable) : 0, wanted };
}

function members({ spec }: StatefulSet, live: StatefulSet | undefined, isCurrent: boolean): Pods {
  const { updatedReplicas = 0, readyReplicas = 0 } = live?.status ?? {};
  const ready = isCurrent && isSeen(live, live?.status) ? Math.min(updatedReplicas, readyReplicas) : 0;
  return { ready, wanted: spec?.replicas ?? 1 };
}

/** Its controller has seen the newest generation: counts are of that. */
function isSeen(live: KubeObject | undefined, status: { readonly observedGeneration?: number } | undefined): boolean {
  return (status?.observedGeneration ?? 0) >= (live?.metadata.generation ?? 1);
}
