import { NodeKind, type Pod, PodKind, type Reference } from '@keelson/api';

/** What keeps a pod from running. */
export interface PodTrouble {
  /** The pod, or the node that it is bound to. */
  readonly on: Reference;
  /** As Kubernetes calls it, such as ImagePullBackOff. */
  readonly reason: string;
  /** The end of a sentence. */
  readonly message: string;
}

interface State {
  readonly running?: { readonly startedAt?: string };
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly exitCode?: number; readonly reason?: string; readonly message?: string };
}

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly ready?: boolean;
  readonly state?: State;
  readonly lastState?: State;
}

/** Ways of waiting that every pod goes through. */
const passing = ['ContainerCreating', 'PodInitializing'];
/** A container that serves is ready by then, after it began to run. Milliseconds. */
const readyWithinMs = 120_000;
const ofImages = ['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName', 'ImageInspectError'];

/**
 * The first trouble among the pods of a workload, by their own status; undefined while none is in any.
 *
 * @param isReady whether a node is Ready; undefined for one that is not known
 * @param now milliseconds since the epoch; with it, what runs for long and is not ready is in trouble too
 */
export function podTrouble(
  pods: readonly Pod[],
  isReady: (node: string) => boolean | undefined,
  now?: number,
): PodTrouble | undefined {
  const living = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  for (const find of [
    (pod: Pod) => ofNode(pod, isReady),
    unscheduled,
    ofContainers,
    ended,
    (pod: Pod) => unready(pod, now),
  ]) {
    for (const pod of living) {
      const trouble = find(pod);
      if (trouble !== undefined) return trouble;
    }
  }
  return undefined;
}

function ofNode(pod: Pod, isReady: (node: string) => boolean | undefined): PodTrouble | undefined {
  const node = pod.spec?.nodeName;
  if (node === undefined || isReady(node) !== false) return undefined;
  const message = `its pod ${pod.metadata.name} is on the node ${node}, which is not Ready`;
  return { on: { kind: NodeKind.kind, name: node }, reason: 'NodeNotReady', message };
}

function unscheduled(pod: Pod): PodTrouble | undefined {
  const told = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (told === undefined) return undefined;
  const why = told.message === undefined ? '' : `: ${told.message}${adviceOn(told.message)}`;
  return ofPod(pod, told.reason ?? 'Unschedulable', `no node takes its pod ${pod.metadata.name}${why}`);
}

/** What the scheduler's message does not tell. */
const advice: readonly (readonly [told: string, advice: string])[] = [
  // Kubelets count huge pages when they start, and never again.
  [
    'Insufficient hugepages-',
    'a node has the huge pages that it booted with: options hugepagesz and hugepages of its kernel',
  ],
  ['node.kubernetes.io/disk-pressure', 'the disk of a node is full: free space on it, the taint goes by itself'],
  [
    'unbound immediate PersistentVolumeClaims',
    'a claim of it has no volume: kubectl describe pvc tells whether its storage class is missing or gives none',
  ],
];

function adviceOn(message: string): string {
  const known = advice.find(([told]) => message.includes(told));
  return known === undefined ? '' : ` (${known[1]})`;
}

function ofContainers(pod: Pod): PodTrouble | undefined {
  for (const container of containersOf(pod)) {
    const { reason, message = '' } = container.state?.waiting ?? {};
    if (reason === undefined || passing.includes(reason)) continue;
    if (ofImages.includes(reason)) {
      const image = container.image ?? pod.spec?.containers?.find(({ name }) => name === container.name)?.image ?? '';
      const text = `the image ${image} of its pod ${pod.metadata.name} cannot be pulled`;
      return ofPod(pod, reason, message === '' ? text : `${text}: ${message}`);
    }
    const text = `the container ${container.name} of its pod ${pod.metadata.name} does not run: ${reason}`;
    return ofPod(pod, reason, [text, lastEnd(container) ?? message].filter((part) => part !== '').join(': '));
  }
  return undefined;
}

/** Of a pod that has ended for good, as those of Jobs do. */
function ended(pod: Pod): PodTrouble | undefined {
  if (pod.status?.phase !== 'Failed') return undefined;
  const evicted = eviction(pod);
  if (evicted !== undefined) return evicted;
  const ends = containersOf(pod).flatMap(({ state }) => endText(state) ?? []);
  return ofPod(pod, 'PodFailed', `its pod ${pod.metadata.name} failed${ends[0] === undefined ? '' : `: ${ends[0]}`}`);
}

/** The node had no room left, such as on its disk: it must get some, or the next pod is evicted as well. */
function eviction({ metadata: { name }, spec, status }: Pod): PodTrouble | undefined {
  const node = spec?.nodeName;
  if (status?.['reason'] !== 'Evicted' || node === undefined) return undefined;
  const why = typeof status['message'] === 'string' ? `: ${status['message'].trim()}` : '';
  const message = `its pod ${name} was evicted from the node ${node}${why}`;
  return { on: { kind: NodeKind.kind, name: node }, reason: 'Evicted', message };
}

/** Its readiness probe fails: a member that lost the others, an API whose database is away. */
function unready(pod: Pod, now: number | undefined): PodTrouble | undefined {
  if (now === undefined) return undefined;
  const late = containersOf(pod).find(({ ready, state }) => {
    const began = Date.parse(state?.running?.startedAt ?? '');
    return ready === false && now - began > readyWithinMs;
  });
  if (late === undefined) return undefined;
  const { name, state } = late;
  const since = state?.running?.startedAt ?? '';
  const message = `the container ${name} of its pod ${pod.metadata.name} runs since ${since} and is not ready: its log tells why its readiness probe fails`;
  return ofPod(pod, 'NotReady', message);
}

function containersOf({ status }: Pod): readonly Container[] {
  return ['initContainerStatuses', 'containerStatuses'].flatMap((member) => {
    const containers = status?.[member];
    return Array.isArray(containers) ? containers.filter(isContainer) : [];
  });
}

/** As the API server lets it through: it checks their types. */
function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}

function lastEnd({ lastState }: Container): string | undefined {
  return endText(lastState);
}

function endText(state: State | undefined): string | undefined {
  const { exitCode, reason, message } = state?.terminated ?? {};
  if (exitCode === undefined || exitCode === 0) return undefined;
  const why = message?.trim().slice(0, 200) ?? (reason === 'OOMKilled' ? outOfMemory : undefined);
  return `it ended with ${exitCode}${why === undefined ? '' : ` (${why})`}`;
}

const outOfMemory = 'OOMKilled: it wanted more memory than its limit';

function ofPod({ metadata: { namespace, name } }: Pod, reason: string, message: string): PodTrouble {
  return { on: { kind: PodKind.kind, ...(namespace === undefined ? {} : { namespace }), name }, reason, message };
}
