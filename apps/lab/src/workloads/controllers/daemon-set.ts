import { daemonTolerations, type Node, NodeKind, parseKey, wantsDaemon } from '@keelson/api';
import { ownerKeys, ownKey } from '../concerns.js';
import { type DaemonSet, DaemonSetKind, type SimulatedPod, SimulatedPodKind } from '../kinds.js';
import { hasEnded, isEnding, isReady, podFrom, sameStatus, share, suffix } from '../objects.js';
import { type Controller, type Plane, forEach } from '../plane.js';
import { availability } from './replica-set.js';
import { type History, forgetRevisions, historyOf, revisionLabel } from './revisions.js';

/** Keeps a pod of each DaemonSet on every node that its selector, affinity and tolerations choose. */
export function daemonSets(plane: Plane): Controller {
  const known = new Set<string>();
  return {
    name: 'daemonset',
    concerns: (write) => {
      const own = ownKey(write, 'daemonsets.apps');
      for (const key of own) if (write.type === 'put') known.add(key);
      for (const key of own) if (write.type === 'delete') known.delete(key);
      return write.resource === 'nodes' ? known : [...own, ...ownerKeys(write, 'DaemonSet')];
    },
    async sync(key) {
      const set = await plane.api.get(DaemonSetKind, parseKey(key));
      if (set === undefined || isEnding(set)) return undefined;
      const history = await historyOf(plane, set);
      const view = viewOf(plane, set, await plane.api.list(NodeKind));
      await place(plane, set, history, view);
      await replace(plane, set, history, view.wanted.size);
      return report(plane, set, history, view.wanted);
    },
  };
}

interface View {
  /** Names of nodes that are to have a pod. */
  readonly wanted: ReadonlySet<string>;
  readonly podsOn: ReadonlyMap<string, readonly SimulatedPod[]>;
}

function viewOf(plane: Plane, set: DaemonSet, nodes: readonly Node[]): View {
  const wanted = nodes.filter((node) => wantsDaemon(node, set.spec.template.spec)).map(({ metadata }) => metadata.name);
  const podsOn = new Map<string, SimulatedPod[]>();
  for (const pod of plane.index.ownedBy(set)) {
    const node = pod.spec.nodeName ?? '';
    podsOn.set(node, [...(podsOn.get(node) ?? []), pod]);
  }
  return { wanted: new Set(wanted), podsOn };
}

/** A pod where one is wanted and there is none, not even one that is ending; none where none is wanted. */
async function place(plane: Plane, set: DaemonSet, history: History, { wanted, podsOn }: View): Promise<void> {
  const revision = history.update.metadata.labels?.[revisionLabel] ?? '';
  const missing = [...wanted].filter((node) => !podsOn.has(node));
  await forEach(missing, (node) => {
    const named = { name: `${set.metadata.name}-${suffix(plane.random)}`, labels: { [revisionLabel]: revision } };
    const tolerations = [...(set.spec.template.spec.tolerations ?? []), ...daemonTolerations];
    const pod = podFrom(set, set.spec.template, named, { nodeName: node, tolerations });
    return plane.api.create(SimulatedPodKind, pod);
  });
  const surplus = [...podsOn].flatMap(([node, pods]) => {
    const [keeper, ...more] = pods.filter((pod) => !isEnding(pod));
    const isUnwanted = keeper !== undefined && (!wanted.has(node) || hasEnded(keeper));
    return [...(isUnwanted ? [keeper] : []), ...more];
  });
  await forEach(surplus, ({ metadata }) => plane.api.end(SimulatedPodKind, metadata));
}

/** A rolling update takes pods of old revisions down, those that serve nobody first, as long as enough others are available. */
async function replace(plane: Plane, set: DaemonSet, history: History, wanted: number): Promise<void> {
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const revision = history.update.metadata.labels?.[revisionLabel];
  const pods = plane.index.ownedBy(set);
  const old = pods.filter((pod) => !isEnding(pod) && pod.metadata.labels?.[revisionLabel] !== revision);
  if (old.length === 0) return;
  const most = Math.max(1, share(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted, 'up'));
  const { available } = availability(
    plane,
    pods.filter((pod) => !isEnding(pod)),
    set.spec.minReadySeconds ?? 0,
  );
  const up = new Set(available);
  const broken = old.filter((pod) => !up.has(pod));
  const room = Math.max(0, most - (wanted - up.size));
  const chosen = [...broken, ...old.filter((pod) => up.has(pod)).slice(0, room)];
  await forEach(chosen, ({ metadata }) => plane.api.end(SimulatedPodKind, metadata));
}

async function report(
  plane: Plane,
  set: DaemonSet,
  history: History,
  wanted: ReadonlySet<string>,
): Promise<number | undefined> {
  const revision = history.update.metadata.labels?.[revisionLabel];
  const pods = plane.index.ownedBy(set).filter((pod) => !isEnding(pod));
  const placed = pods.filter(({ spec }) => wanted.has(spec.nodeName ?? ''));
  const { available, nextAt } = availability(plane, placed, set.spec.minReadySeconds ?? 0);
  const updated = placed.filter(({ metadata }) => metadata.labels?.[revisionLabel] === revision).length;
  const status = {
    desiredNumberScheduled: wanted.size,
    currentNumberScheduled: placed.length,
    numberMisscheduled: pods.length - placed.length,
    numberReady: placed.filter(isReady).length,
    numberAvailable: available.length === 0 ? null : available.length,
    numberUnavailable: wanted.size === available.length ? null : wanted.size - available.length,
    updatedNumberScheduled: updated === 0 ? null : updated,
    observedGeneration: set.metadata.generation,
  };
  if (!sameStatus(set.status, status)) await plane.api.patch(DaemonSetKind, set.metadata, { status }, 'status');
  const hashes = new Set(pods.map(({ metadata }) => metadata.labels?.[revisionLabel]));
  const used = history.all.filter(({ metadata }) => hashes.has(metadata.labels?.[revisionLabel]));
  await forgetRevisions(plane, set, history, new Set(used.map(({ metadata }) => metadata.name)));
  return nextAt;
}
