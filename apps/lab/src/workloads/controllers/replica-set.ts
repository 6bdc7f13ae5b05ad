import { parseKey } from '@keelson/api';
import { type ReplicaSet, ReplicaSetKind, type SimulatedPod, SimulatedPodKind } from '../kinds.js';
import { counted, isActive, isReady, podFrom, readySince, sameStatus, suffix } from '../objects.js';
import { ownerKeys, ownKey } from '../concerns.js';
import { type Controller, type Plane, forEach } from '../plane.js';

/** Keeps as many pods of each ReplicaSet as it wants. */
export function replicaSets(plane: Plane): Controller {
  return {
    name: 'replicaset',
    concerns: (write) => [...ownKey(write, 'replicasets.apps'), ...ownerKeys(write, 'ReplicaSet')],
    async sync(key) {
      const set = await plane.api.get(ReplicaSetKind, parseKey(key));
      if (set === undefined || set.metadata.deletionTimestamp !== undefined) return undefined;
      await keepCount(plane, set);
      return report(plane, set);
    },
  };
}

async function keepCount(plane: Plane, set: ReplicaSet): Promise<void> {
  const pods = plane.index.ownedBy(set).filter(isActive);
  const missing = (set.spec.replicas ?? 1) - pods.length;
  if (missing > 0) {
    const names = Array.from({ length: missing }, () => `${set.metadata.name}-${suffix(plane.random)}`);
    await forEach(names, (name) => plane.api.create(SimulatedPodKind, podFrom(set, set.spec.template, { name })));
  }
  if (missing < 0) {
    const surplus = [...pods].sort(byWorth).slice(0, -missing);
    await forEach(surplus, ({ metadata }) => plane.api.end(SimulatedPodKind, metadata));
  }
}

/** The one that is missed least first: not on a node, not ready, youngest. */
function byWorth(a: SimulatedPod, b: SimulatedPod): number {
  const worth = (pod: SimulatedPod): number => (pod.spec.nodeName ? 1 : 0) + (isReady(pod) ? 2 : 0);
  if (worth(a) !== worth(b)) return worth(a) - worth(b);
  const [made, other] = [a, b].map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ''));
  return (other ?? 0) - (made ?? 0) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

async function report(plane: Plane, set: ReplicaSet): Promise<number | undefined> {
  const pods = plane.index.ownedBy(set).filter(isActive);
  const { available, nextAt } = availability(plane, pods, set.spec.minReadySeconds ?? 0);
  const status = {
    replicas: pods.length,
    ...counted({
      fullyLabeledReplicas: pods.length,
      readyReplicas: pods.filter(isReady).length,
      availableReplicas: available.length,
    }),
    observedGeneration: set.metadata.generation,
  };
  if (!sameStatus(set.status, status)) await plane.api.patch(ReplicaSetKind, set.metadata, { status }, 'status');
  return nextAt;
}

/** Which pods have been ready for long enough, and when the next will have been. */
export function availability(
  plane: Pick<Plane, 'clock' | 'pace'>,
  pods: readonly SimulatedPod[],
  minReadySeconds: number,
): { readonly available: readonly SimulatedPod[]; readonly nextAt: number | undefined } {
  const now = plane.clock.now();
  const enough = plane.pace.ms(minReadySeconds);
  const times = pods.map((pod) => (readySince(pod) ?? Infinity) + enough);
  const later = times.filter((at) => at > now && at < Infinity);
  return {
    available: pods.filter((_, i) => (times[i] ?? Infinity) <= now),
    nextAt: later.length === 0 ? undefined : Math.min(...later),
  };
}
