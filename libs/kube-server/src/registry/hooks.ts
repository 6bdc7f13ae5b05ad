import type { Draft } from '../storage/stored.js';
import type { Call } from './context.js';

/** A write that others than the API itself may have a say in. */
export interface HookedWrite {
  readonly call: Call;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** Empty when the server will choose it, as far as its writer knows. */
  readonly name: string;
  readonly subresource: string;
  /** The object before, in the form in which hooks see it. */
  readonly before: Draft | undefined;
  /** What hooks see in place of the object; the kind of the call when absent. */
  readonly shownAs?: ShownKind;
  readonly dryRun: boolean;
}

export interface ShownKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** How hooks see an object that is written through a subresource with a form of its own. */
export interface HookView {
  readonly kind: ShownKind;
  show(object: Draft): Draft;
  /** The object after hooks have changed what they saw of it. */
  take(object: Draft, shown: Draft): Draft;
}

/** Those who have a say in one write. */
export interface Hooks {
  /**
   * The object as they change it; that which is deleted cannot be changed.
   *
   * @throws ApiError when one refuses
   */
  mutate(object: Draft | undefined): Promise<Draft | undefined>;
  /** @throws ApiError when one refuses the object in its final form, undefined for a deletion */
  validate(object: Draft | undefined): Promise<void>;
}

/** Finds who has a say in a write: undefined, in no time, when nobody has. */
export type HooksFor = (write: HookedWrite) => Hooks | undefined;

/** The object was written by someone else while hooks were asked: the write must be planned again. */
export class HeadMoved extends Error {
  constructor() {
    super('the object has changed while admission webhooks were asked');
    this.name = 'HeadMoved';
  }
}

/** As often as kube-apiserver plans a patch again. */
const maxPlans = 5;

/**
 * Runs a write, and plans it again when the object moved while hooks were asked.
 *
 * @param plan reads the head and writes; without hooks both in one turn
 * @param exhausted what to throw when others were always faster
 */
export async function replanned<T>(plan: () => Promise<T>, exhausted: () => Error, most = maxPlans): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await plan();
    } catch (error) {
      if (!(error instanceof HeadMoved)) throw error;
      if (attempt >= most) throw exhausted();
    }
  }
}
