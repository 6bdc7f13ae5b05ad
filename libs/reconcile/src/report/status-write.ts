import { apiVersionOf, type Kind, type KubeObject } from '@keelson/api';
import { equalJson } from '@keelson/std';
import type { Outcome } from '../plan.js';

/** What was written last to the status of one object. */
export interface LastStatus {
  /** As the reconciler gave it. */
  readonly given: object;
  /** As it was written: with the block of progress. */
  readonly wanted: object;
  readonly uid: string | undefined;
  /** Of the object with this status. */
  readonly resourceVersion: string | undefined;
  readonly at: number;
  /** Sort of the outcome it told. */
  readonly outcome: Outcome['type'];
}

/** A status on its way to the API. */
export interface StatusToWrite {
  readonly uid: string | undefined;
  readonly given: object;
  readonly wanted: object;
  /** The state it shows, of kinds with a machine. */
  readonly state: string | undefined;
  readonly why: string | undefined;
  readonly outcome: Outcome['type'];
}

/** The status an object shows; undefined when it has none. */
export function statusOf(object: KubeObject): object | undefined {
  const status: unknown = 'status' in object ? object.status : undefined;
  return typeof status === 'object' && status !== null ? status : undefined;
}

/**
 * Whether writing `wanted` would change what the object shows. Parts that others wrote into the same status, and defaults
 * that the server added, are no difference; parts that this reconciler wrote before and no longer wants are.
 */
export function differs(wanted: object, object: KubeObject, last: LastStatus | undefined): boolean {
  const shown = statusOf(object);
  if (shown === undefined) return true;
  if (equalJson(wanted, shown)) return false;
  const isSameAsLast = last !== undefined && last.uid === object.metadata.uid && equalJson(wanted, last.wanted);
  return !(isSameAsLast && shows(shown, wanted));
}

/** The object as server-side apply takes it; the uid makes it miss an object of the same name made later. */
export function statusApply(kind: Kind, object: KubeObject, status: object): KubeObject {
  const { name, namespace, uid } = object.metadata;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
  const whole: KubeObject & { status: object } = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, status };
  return whole;
}

/** Whether `shown` has all that `wanted` says. Items of lists may stand among others' items, as in lists merged by key. */
export function shows(shown: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true;
  if (Array.isArray(wanted))
    return (
      Array.isArray(shown) &&
      wanted.every((item, i) => shows(shown[i], item) || shown.some((other) => shows(other, item)))
    );
  if (typeof wanted !== 'object' || wanted === null) return shown === wanted;
  if (typeof shown !== 'object' || shown === null || Array.isArray(shown)) return false;
  const members = new Map<string, unknown>(Object.entries(shown));
  return Object.entries(wanted).every(([name, value]) => shows(members.get(name), value));
}
