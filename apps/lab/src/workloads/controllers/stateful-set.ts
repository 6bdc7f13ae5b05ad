import { parseKey } from '@keelson/api';
import { ownerKeys, ownKey } from '../concerns.js';
import { ClaimKind, type SimulatedPod, SimulatedPodKind, type StatefulSet, StatefulSetKind } from '../kinds.js';
import { counted, hasEnded, isActive, isEnding, isReady, podFrom, sameStatus, simulated } from '../objects.js';
import { type Controller, type Plane, forEach } from '../plane.js';
import { availability } from './replica-set.js';
import { type History, forgetRevisions, historyOf, revisionLabel, templateOf } from './revisions.js';

/** Keeps the numbered pods of StatefulSets, in order, each with its claims. */
export function statefulSets(plane: Plane): Controller {
  return {
    name: 'statefulset',
    concerns: (write) => [...ownKey(write, 'statefulsets.apps'), ...ownerKeys(write, 'StatefulSet')],
    async sync(key) {
      const set = await plane.api.get(StatefulSetKind, parseKey(key));
      if (set === undefined || isEnding(set)) return undefined;
      const history = await historyOf(plane, set);
      await act(plane, set, history);
      return report(plane, set, history);
    },
  };
}

const nameAt = (set: StatefulSet, ordinal: number): string => `${set.metadata.name}-${ordinal}`;
const ordinalOf = (pod: SimulatedPod): number => Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? -1);
const revisionOf = (pod: SimulatedPod): string | undefined => pod.metadata.labels?.[revisionLabel];

/** One step: first what is missing, then what is too many, then what is of an old revision. */
async function act(plane: Plane, set: StatefulSet, history: History): Promise<void> {
  const start = set.spec.ordinals?.start ?? 0;
  const replicas = set.spec.replicas ?? 1;
  const pods = new Map(plane.index.ownedBy(set).map((pod) => [ordinalOf(pod), pod]));
  const isOrdered = set.spec.podManagementPolicy !== 'Parallel';
  for (let ordinal = start; ordinal < start + replicas; ordinal += 1) {
    const pod = pods.get(ordinal);
    if (pod === undefined) await make(plane, set, history, ordinal);
    else if (hasEnded(pod) && !isEnding(pod)) await plane.api.end(SimulatedPodKind, pod.metadata);
    if (isOrdered && (pod === undefined || isEnding(pod) || !isReady(pod))) {
      // A pod of an old revision that never becomes ready is replaced all the same.
      if (pod !== undefined && !isEnding(pod)) await replaceOne(plane, set, history, [pod]);
      return;
    }
  }
  const surplus = [...pods.values()]
    .filter((pod) => ordinalOf(pod) >= start + replicas || ordinalOf(pod) < start)
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  if (isOrdered && surplus.some(isEnding)) return;
  await forEach(isOrdered ? surplus.slice(0, 1) : surplus.filter((pod) => !isEnding(pod)), ({ metadata }) =>
    plane.api.end(SimulatedPodKind, metadata),
  );
  if (surplus.length === 0) await replaceOne(plane, set, history, [...pods.values()]);
}

/** Rolling updates go from the highest number down to the partition, one after the other. */
async function replaceOne(
  plane: Plane,
  set: StatefulSet,
  history: History,
  pods: readonly SimulatedPod[],
): Promise<void> {
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const partition = (set.spec.ordinals?.start ?? 0) + (set.spec.updateStrategy?.rollingUpdate?.partition ?? 0);
  const downwards = [...pods].sort((a, b) => ordinalOf(b) - ordinalOf(a));
  for (const pod of downwards) {
    if (ordinalOf(pod) < partition) return;
    if (revisionOf(pod) !== history.update.metadata.name) {
      if (!isEnding(pod)) await plane.api.end(SimulatedPodKind, pod.metadata);
      return;
    }
    if (!isReady(pod)) return;
  }
}

/** A pod that is made anew below the partition, or while the update has not come to it, is of the current revision. */
function revisionFor(set: StatefulSet, history: History, ordinal: number): string {
  const update = history.update.metadata.name;
  const { currentRevision = update, currentReplicas = 0 } = set.status ?? {};
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === 'OnDelete') return update;
  const start = set.spec.ordinals?.start ?? 0;
  const partition = rollingUpdate?.partition ?? 0;
  const isCurrent = ordinal < start + (partition > 0 ? partition : currentReplicas);
  return isCurrent ? currentRevision : update;
}

async function make(plane: Plane, set: StatefulSet, history: History, ordinal: number): Promise<void> {
  const revision = revisionFor(set, history, ordinal);
  const name = nameAt(set, ordinal);
  const template = templateOf(set, history, revision);
  const claims = set.spec.volumeClaimTemplates ?? [];
  for (const claim of claims) await makeClaim(plane, set, `${claim.metadata.name}-${name}`, claim.spec);
  const volumes = claims.map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: `${metadata.name}-${name}` },
  }));
  const taken = new Set(volumes.map((volume) => volume.name));
  const labels = {
    [revisionLabel]: revision,
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
  };
  const pod = podFrom(
    set,
    template,
    { name, labels },
    {
      hostname: name,
      subdomain: set.spec.serviceName,
      volumes: [...(template.spec.volumes ?? []).filter((volume) => !taken.has(volume.name)), ...volumes],
    },
  );
  await plane.api.create(SimulatedPodKind, pod);
}

async function makeClaim(plane: Plane, set: StatefulSet, name: string, spec: unknown): Promise<void> {
  const metadata = {
    name,
    namespace: set.metadata.namespace,
    labels: { ...set.spec.selector.matchLabels },
    annotations: { ...simulated },
  };
  if ((await plane.api.get(ClaimKind, metadata)) !== undefined) return;
  if (typeof spec !== 'object' || spec === null) return;
  await plane.api.create(ClaimKind, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec });
}

async function report(plane: Plane, set: StatefulSet, history: History): Promise<number | undefined> {
  const update = history.update.metadata.name;
  const pods = plane.index.ownedBy(set).filter((pod) => !hasEnded(pod));
  const live = pods.filter(isActive);
  const current = set.status?.currentRevision ?? update;
  const updated = live.filter((pod) => revisionOf(pod) === update);
  const isDone =
    updated.length === (set.spec.replicas ?? 1) && updated.every(isReady) && live.length === updated.length;
  const currentRevision = isDone ? update : current;
  const { available, nextAt } = availability(plane, live, set.spec.minReadySeconds ?? 0);
  const status = {
    replicas: pods.length,
    ...counted({
      readyReplicas: live.filter(isReady).length,
      currentReplicas: live.filter((pod) => revisionOf(pod) === currentRevision).length,
      updatedReplicas: updated.length,
    }),
    availableReplicas: available.length,
    currentRevision,
    updateRevision: update,
    observedGeneration: set.metadata.generation,
    collisionCount: 0,
  };
  if (!sameStatus(set.status, status)) await plane.api.patch(StatefulSetKind, set.metadata, { status }, 'status');
  const used = new Set([currentRevision, ...pods.map((pod) => revisionOf(pod) ?? '')]);
  await forgetRevisions(plane, set, history, used);
  return nextAt;
}
