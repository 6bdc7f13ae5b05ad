import { isTolerated, type Node, NodeKind } from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import { type SimulatedPod, SimulatedPodKind } from '../kinds.js';
import { hasEnded, isEnding, isReady, withCondition } from '../objects.js';
import { type Controller, type Plane, forEach } from '../plane.js';

/** What the API's admission gives every pod that says nothing about it (DefaultTolerationSeconds). */
const defaultTolerationSeconds = 300;
const unreachable = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };
const taints = [unreachable, { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' }];

/**
 * What becomes of pods whose node is lost: it is tainted, they are no longer ready, and after the time that they tolerate
 * it they are told to end; those of a node that was deleted go at once.
 */
export function nodeLifecycle(plane: Plane): Controller {
  return {
    name: 'node',
    concerns: ({ resource, name, object }) => {
      if (resource === 'nodes') return [name];
      const node = resource === 'pods' && 'spec' in object ? nodeNameOf(object.spec) : undefined;
      return node === undefined ? [] : [node];
    },
    async sync(name) {
      const node = await plane.api.get(NodeKind, { name });
      const pods = plane.index.onNode(name);
      if (node === undefined) {
        await forEach(pods, ({ metadata }) => plane.api.remove(SimulatedPodKind, metadata));
        return undefined;
      }
      const lost = readinessOf(node);
      await taint(plane, node, lost?.status === 'Unknown');
      if (lost?.status !== 'Unknown') return undefined;
      await forEach(pods.filter(isReady), (pod) => unready(plane, pod));
      return evict(plane, pods, Date.parse(lost.lastTransitionTime ?? ''));
    },
  };
}

function nodeNameOf(spec: unknown): string | undefined {
  if (typeof spec !== 'object' || spec === null || !('nodeName' in spec)) return undefined;
  return typeof spec.nodeName === 'string' ? spec.nodeName : undefined;
}

const readinessOf = ({ status }: Node) => status?.conditions?.find(({ type }) => type === 'Ready');

async function taint(plane: Plane, { metadata, spec }: Node, isLost: boolean): Promise<void> {
  const present = spec?.taints ?? [];
  const others = present.filter(({ key }) => key !== unreachable.key);
  const isTainted = others.length !== present.length;
  if (isTainted === isLost) return;
  const timeAdded = rfc3339(plane.clock.now());
  const wanted = isLost ? [...others, ...taints.map((one) => ({ ...one, timeAdded }))] : others;
  await plane.api.patch(NodeKind, metadata, { spec: { taints: wanted.length === 0 ? null : wanted } });
}

async function unready(plane: Plane, pod: SimulatedPod): Promise<void> {
  const condition = { type: 'Ready', status: 'False', reason: 'NodeNotReady', message: 'the node is not heard' };
  const conditions = withCondition(pod.status?.conditions, condition, plane.clock.now());
  await plane.api.patch(SimulatedPodKind, pod.metadata, { status: { conditions } }, 'status');
}

/** Tells those to end whose patience is over; gives the time when the next one's is. */
async function evict(plane: Plane, pods: readonly SimulatedPod[], since: number): Promise<number | undefined> {
  const staying = pods.filter((pod) => !isEnding(pod) && !hasEnded(pod));
  const times = staying.map((pod) => since + plane.pace.ms(patienceOf(pod)));
  const now = plane.clock.now();
  await forEach(
    staying.filter((_, i) => (times[i] ?? Infinity) <= now),
    ({ metadata }) => plane.api.end(SimulatedPodKind, metadata),
  );
  const next = Math.min(...times.filter((at) => at > now));
  return next === Infinity ? undefined : next;
}

function patienceOf({ spec }: SimulatedPod): number {
  const toleration = (spec.tolerations ?? []).find((one) => isTolerated(unreachable, [one]));
  return toleration === undefined ? defaultTolerationSeconds : (toleration.tolerationSeconds ?? Infinity);
}
