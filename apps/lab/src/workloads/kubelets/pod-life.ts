import type { PodStatus, SimulatedPod } from '../kinds.js';
import { hasEnded, isReady } from '../objects.js';
import type { PodFault } from './pod-faults.js';
import {
  crashedStatus,
  creatingStatus,
  endedStatus,
  imagelessStatus,
  restartsOf,
  runningStatus,
} from './pod-status.js';

/** What a kubelet knows of a pod on its node. Times are milliseconds since the epoch. */
export interface PodLife {
  readonly pod: SimulatedPod;
  readonly now: number;
  readonly fault: PodFault | undefined;
  /** When what it is doing will be done; undefined when that was not settled yet. */
  readonly due: number | undefined;
  /** When the host came back from being down, if it was: containers that ran before run no more. */
  readonly restartedAt: number | undefined;
  /** From a start until the containers are ready. */
  readonly startMs: number;
  /** From then until those of a pod that completes have ended. */
  readonly runMs: number;
  readonly backoffMs: (restarts: number) => number;
}

/** What comes next: a status to report, and when to look again. */
export interface NextOfPod {
  readonly status?: PodStatus;
  readonly due?: number;
}

/** How the life of a pod goes on. Pure. */
export function nextOf(life: PodLife): NextOfPod {
  const { pod, now, startMs } = life;
  if (hasEnded(pod)) return {};
  const began = pod.status?.startTime !== undefined;
  if (!began || wasInterrupted(life)) {
    const restarts = restartsOf(pod) + (began ? 1 : 0);
    return { status: creatingStatus(pod, now, restarts), due: now + startMs };
  }
  // After a restart of the lab nobody remembers when: it begins now.
  if (life.due === undefined && !isReady(pod)) return { due: now + (waitsFor(pod) === 'start' ? startMs : 0) };
  if (life.due !== undefined && life.due > now && !isTroubled(life)) return { due: life.due };
  return life.fault === undefined ? healthy(life) : faulty(life, life.fault);
}

function stateOf({ status }: SimulatedPod): string {
  const state = status?.containerStatuses?.[0]?.state ?? {};
  return state.waiting?.reason ?? (state.running === undefined ? 'none' : 'Running');
}

function waitsFor(pod: SimulatedPod): 'start' | 'end' {
  return stateOf(pod) === 'Running' ? 'end' : 'start';
}

/** Whether its containers ran on a host that has been down since. */
function wasInterrupted({ pod, restartedAt }: PodLife): boolean {
  const startedAt = pod.status?.containerStatuses?.[0]?.state.running?.startedAt;
  // Time stamps have seconds only: one that began in the same second began after.
  return restartedAt !== undefined && startedAt !== undefined && Date.parse(startedAt) + 1000 <= restartedAt;
}

const completes = ({ spec }: SimulatedPod): boolean => (spec.restartPolicy ?? 'Always') !== 'Always';

/** A pod that is ready stays so; a fault strikes it at once, whatever it was about to do. */
function isTroubled({ pod, fault }: PodLife): boolean {
  return stateOf(pod) === 'Running' && ((fault === 'NeverReady' && isReady(pod)) || fault === 'CrashLoopBackOff');
}

function healthy({ pod, now, startMs, runMs, due }: PodLife): NextOfPod {
  const state = stateOf(pod);
  if (state === 'ImagePullBackOff' || state === 'CrashLoopBackOff')
    return { status: creatingStatus(pod, now, restartsOf(pod)), due: now + startMs };
  if (state !== 'Running' || !isReady(pod))
    return { status: runningStatus(pod, now, true), ...(completes(pod) ? { due: now + runMs } : {}) };
  if (!completes(pod)) return {};
  return due === undefined ? { due: now + runMs } : { status: endedStatus(pod, now, 0) };
}

function faulty(life: PodLife, fault: PodFault): NextOfPod {
  const { pod, now } = life;
  switch (fault) {
    case 'ImagePullBackOff':
      // Containers that run have their image.
      if (stateOf(pod) === 'Running') return healthy(life);
      return stateOf(pod) === 'ImagePullBackOff' ? {} : { status: imagelessStatus(pod, now) };
    case 'NeverReady':
      return stateOf(pod) === 'Running' && !isReady(pod) ? {} : { status: runningStatus(pod, now, false) };
    case 'CrashLoopBackOff': {
      if (pod.spec.restartPolicy === 'Never') return { status: endedStatus(pod, now, 1) };
      return { status: crashedStatus(pod, now), due: now + life.backoffMs(restartsOf(pod)) };
    }
  }
}
