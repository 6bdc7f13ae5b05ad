import type { KubeObject, Reference, ServiceState } from '@keelson/api';
import type { RolloutStep } from './rollout.steps.js';

/** How one service stands and what is to be done for it now. */
export interface Assessment {
  readonly name: string;
  readonly state: ServiceState;
  /** In order. */
  readonly steps: readonly RolloutStep[];
  readonly wait?: Wait | undefined;
  /** What is under way, as the status shows it. */
  readonly task?: string | undefined;
  /** It cannot get on by itself within the time it has; it is tried on. */
  readonly trouble?: string | undefined;
  /** All it consists of is of the release that the spec names. */
  readonly isOfTarget: boolean;
  readonly fingerprint: string;
}

export interface Wait {
  readonly on: Reference;
  readonly reason: string;
  readonly message: string;
  readonly recheckAfterSeconds?: number;
  /** Something has failed: it is told before what only takes its time. */
  readonly isFailure?: true;
}

/** A live object as what is waited on. */
export function referenceTo({ kind, metadata: { namespace, name } }: KubeObject): Reference {
  return { kind, ...(namespace === undefined ? {} : { namespace }), name };
}
