import { type DaemonSet, type Node, type OwnerReference, type Pod, wantsDaemon } from '@keelson/api';
import { covers, podTrouble } from '@keelson/mosk';
import { equalJson } from '@keelson/std';
import { imagesIn } from '../render/images.js';

/** A node that is to be back in service, by the pods of the cloud on it. */
export interface NodeReturn {
  /** Of DaemonSets that replace no pod by themselves: pods that run what these had before. */
  readonly outdated: readonly OutdatedPod[];
  /** DaemonSets of that sort whose pod the node lacks. */
  readonly lacking: readonly string[];
  /** Pods that are not Ready yet, by name. */
  readonly late: readonly LatePod[];
}

export interface OutdatedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Its DaemonSet as it is now: of one such only one pod is deleted here in one return. */
  readonly of: string;
}

export interface LatePod {
  readonly namespace: string;
  readonly name: string;
  /** What makes its pods, as sentences name it. */
  readonly owner: string | undefined;
  /** What keeps it from being Ready, as far as it tells; the end of a sentence. */
  readonly trouble: string | undefined;
}

interface Seen {
  readonly node: Node;
  /** Pods that are bound to the node. */
  readonly pods: readonly Pod[];
  readonly daemonSets: readonly DaemonSet[];
  /** What was deleted once in this return is not deleted again: who changes images on their way in would make it endless. */
  readonly isRenewed: (of: string) => boolean;
}

/**
 * Pods of Jobs, pods that are ending or have ended (such as evicted ones) and those of DaemonSets that do not want the node any
 * more are nobody's to wait for.
 */
export function nodeReturnOf({ node, pods, daemonSets, isRenewed }: Seen): NodeReturn {
  const here = new Map(
    daemonSets
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .filter(({ spec }) => wantsDaemon(node, spec?.template?.spec ?? {}))
      .map((set) => [set.metadata.uid ?? '', set] as const),
  );
  const ownSet = (pod: Pod): DaemonSet | undefined => here.get(ownerOf(pod)?.uid ?? '');
  const living = pods.filter(isLiving).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const counted = living.filter((pod) => ownerOf(pod)?.kind !== 'DaemonSet' || ownSet(pod) !== undefined);
  const owners = new Set(living.map((pod) => ownerOf(pod)?.uid));
  return {
    outdated: counted.flatMap((pod) => outdated(pod, ownSet(pod))).filter(({ of }) => !isRenewed(of)),
    lacking: [...here.values()]
      .filter((set) => isOnDelete(set) && !owners.has(set.metadata.uid))
      .map(({ metadata }) => metadata.name),
    late: counted.filter((pod) => !isReady(pod)).map(lateOf),
  };
}

function isLiving(pod: Pod): boolean {
  const { metadata, status } = pod;
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  return metadata.deletionTimestamp === undefined && !hasEnded && ownerOf(pod)?.kind !== 'Job';
}

function ownerOf({ metadata }: Pod): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
}

function isOnDelete({ spec }: DaemonSet): boolean {
  return spec?.updateStrategy?.type === 'OnDelete';
}

function outdated(pod: Pod, set: DaemonSet | undefined): readonly OutdatedPod[] {
  const { namespace = '', name, uid = '', annotations } = pod.metadata;
  if (set === undefined || !isOnDelete(set)) return [];
  const { metadata, spec } = set.spec?.template ?? {};
  if (equalJson(imagesIn(pod.spec), imagesIn(spec)) && covers(annotations, metadata?.annotations)) return [];
  return [{ namespace, name, uid, of: `${set.metadata.uid ?? ''}/${set.metadata.generation ?? 0}` }];
}

function lateOf(pod: Pod): LatePod {
  const { namespace = '', name } = pod.metadata;
  const owner = ownerOf(pod);
  return {
    namespace,
    name,
    owner: owner && `${owner.kind} ${owner.name}`,
    trouble: podTrouble([pod], () => true)?.message,
  };
}
