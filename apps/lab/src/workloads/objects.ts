import { type KubeObject, type ObjectKey, type OwnerReference, fulfils, keyOf } from '@keelson/api';
import { type Random, canonicalJson, pick, rfc3339 } from '@keelson/std';
import type { Condition, LabelSelector, PodTemplate, Share, SimulatedPod } from './kinds.js';

/** On everything that the simulated controllers make. */
export const simulated = { 'keelson.dev/simulated': 'simulated by the Keelson lab; no container runs' } as const;

const letters = 'bcdfghjklmnpqrstvwxz2456789'.split('');

/** Five characters as controllers append to names. */
export function suffix(random: Random): string {
  return Array.from({ length: 5 }, () => pick(random, letters)).join('');
}

/** A short name of a value: equal values have equal names. FNV-1a in the alphabet of Kubernetes' own hashes. */
export function hashOf(value: unknown): string {
  let hash = 0x811c9dc5;
  for (const char of canonicalJson(value) ?? '') hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  let left = hash >>> 0;
  let text = '';
  for (let i = 0; i < 8; i += 1) {
    text += letters[left % letters.length];
    left = Math.floor(left / letters.length) || (hash >>> (i + 1)) + i;
  }
  return text;
}

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function ownedBy({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
}

/** A pod as its owner makes it from its template. */
export function podFrom(
  owner: KubeObject,
  template: PodTemplate,
  named: { readonly name: string; readonly labels?: Readonly<Record<string, string>> },
  spec: Partial<SimulatedPod['spec']> = {},
): SimulatedPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: named.name,
      namespace: owner.metadata.namespace,
      labels: { ...template.metadata?.labels, ...named.labels },
      annotations: { ...template.metadata?.annotations, ...simulated },
      ownerReferences: [ownedBy(owner)],
    },
    spec: { ...template.spec, ...spec },
  };
}

export function isReady(object: { readonly status?: { readonly conditions?: readonly Condition[] } }): boolean {
  return object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Neither ended nor about to. */
export function isActive(pod: SimulatedPod): boolean {
  return !isEnding(pod) && !hasEnded(pod);
}

export function isEnding(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

export function hasEnded({ status }: SimulatedPod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Milliseconds since the epoch since when the pod has been ready; undefined when it is not. */
export function readySince(pod: SimulatedPod): number | undefined {
  const ready = pod.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
  return ready === undefined ? undefined : Date.parse(ready.lastTransitionTime ?? '');
}

/** A number, or a percentage of `whole`. */
export function share(amount: Share | undefined, whole: number, round: 'up' | 'down'): number {
  if (typeof amount === 'number') return amount;
  if (amount === undefined) return 0;
  const part = (Number(amount.replace('%', '')) / 100) * whole;
  return round === 'up' ? Math.ceil(part) : Math.floor(part);
}

export function matchesSelector(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  if (selector === undefined) return false;
  const isEqual = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    isEqual && (selector.matchExpressions ?? []).every((requirement) => fulfils(requirement, labels[requirement.key]))
  );
}

/** `conditions` with this one in its place; it keeps its time while its status stays. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  next: Condition,
  now: number,
): readonly Condition[] {
  const before = conditions?.find(({ type }) => type === next.type);
  const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : rfc3339(now);
  const others = (conditions ?? []).filter(({ type }) => type !== next.type);
  return [...others, { ...next, lastTransitionTime }].sort((a, b) => (a.type < b.type ? -1 : 1));
}

export function textOf(object: KubeObject): string {
  return textOfKey(keyOf(object));
}

export function textOfKey({ namespace = '', name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

/** Whether a patch of the status would change nothing: members that are null are absent. */
export function sameStatus(status: object | undefined, next: object): boolean {
  const current = new Map(Object.entries(status ?? {}));
  return Object.entries(next).every(
    ([name, value]) => canonicalJson(current.get(name)) === canonicalJson(value ?? undefined),
  );
}

/** Counts as the real API leaves them out: zeros are absent. */
export function counted(counts: Readonly<Record<string, number>>): Readonly<Record<string, number | null>> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count === 0 ? null : count]));
}
