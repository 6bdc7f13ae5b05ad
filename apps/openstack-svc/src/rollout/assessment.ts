import type { KubeObject, Progress, Reference, ServiceState } from '@keelson/api';
import { equalJson } from '@keelson/std';
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

/** Reason of waits for the health of the cloud. */
export const notHealthy = 'NotHealthy';
/** Reasons of waits for what only takes its time: a pod that starts, a Job that runs. */
const takesTime: readonly (string | undefined)[] = ['JobRunning', 'NotReady'];
/** So long words about what gets on by itself may wait for more: nobody has to act on them. */
export const wordsWaitSeconds = 3;

/** Whether the same is told, or one thing that only takes its time is waited for after another. */
export function isSameWait(shown: Progress | undefined, next: Progress | undefined): boolean {
  return equalJson(shown, next) || [shown, next].every((progress) => takesTime.includes(progress?.reason));
}

/** A live object as what is waited on. */
export function referenceTo({ kind, metadata: { namespace, name } }: KubeObject): Reference {
  return { kind, ...(namespace === undefined ? {} : { namespace }), name };
}
