import { rfc3339 } from '@keelson/std';
import type { Condition, ContainerStatus, PodStatus, SimulatedPod } from '../kinds.js';
import { withCondition } from '../objects.js';

/** The states of a simulated pod's containers, as kubelets report them. */

type State = ContainerStatus['state'];
type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export interface Addresses {
  readonly hostIP: string;
  readonly podIP: string;
}

/** Its containers are being created: what a kubelet reports first. */
export function creatingStatus(pod: SimulatedPod, now: number, restarts: number): PodStatus {
  const waiting = { waiting: { reason: 'ContainerCreating' } };
  return statusOf(pod, now, { phase: 'Pending', state: waiting, restarts, ready: false });
}

export function imagelessStatus(pod: SimulatedPod, now: number): PodStatus {
  const image = pod.spec.containers[0]?.image ?? '';
  const message = `Back-off pulling image ${JSON.stringify(image)} (simulated)`;
  const state = { waiting: { reason: 'ImagePullBackOff', message } };
  return statusOf(pod, now, { phase: 'Pending', state, restarts: restartsOf(pod), ready: false });
}

export function runningStatus(pod: SimulatedPod, now: number, ready: boolean): PodStatus {
  const { running } = pod.status?.containerStatuses?.[0]?.state ?? {};
  const state = { running: running ?? { startedAt: rfc3339(now) } };
  return statusOf(pod, now, { phase: 'Running', state, restarts: restartsOf(pod), ready });
}

export function crashedStatus(pod: SimulatedPod, now: number): PodStatus {
  const ended = { terminated: { exitCode: 1, reason: 'Error', finishedAt: rfc3339(now) } };
  const state = {
    waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container (simulated)' },
  };
  return statusOf(pod, now, { phase: 'Running', state, lastState: ended, restarts: restartsOf(pod) + 1, ready: false });
}

/** All containers have ended for good. */
export function endedStatus(pod: SimulatedPod, now: number, exitCode: 0 | 1): PodStatus {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  const state = { terminated: { exitCode, reason, finishedAt: rfc3339(now) } };
  const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
  return statusOf(pod, now, { phase, state, restarts: restartsOf(pod), ready: false });
}

export function restartsOf({ status }: SimulatedPod): number {
  return status?.containerStatuses?.[0]?.restartCount ?? 0;
}

interface Told {
  readonly phase: Phase;
  readonly state: State;
  readonly lastState?: State;
  readonly restarts: number;
  readonly ready: boolean;
}

function statusOf(pod: SimulatedPod, now: number, told: Told): PodStatus {
  const { phase, state, lastState, restarts, ready } = told;
  const hasStarted = phase !== 'Pending';
  return {
    phase,
    startTime: pod.status?.startTime ?? rfc3339(now),
    conditions: conditionsOf(pod, now, told),
    containerStatuses: pod.spec.containers.map(({ name, image = '' }) => ({
      name,
      image,
      imageID: '',
      ready,
      started: 'running' in state,
      restartCount: restarts,
      state,
      ...(lastState === undefined ? {} : { lastState }),
    })),
    ...(pod.spec.initContainers === undefined || pod.spec.initContainers.length === 0
      ? {}
      : {
          initContainerStatuses: pod.spec.initContainers.map(({ name, image = '' }) => initOf(name, image, hasStarted)),
        }),
  };
}

function initOf(name: string, image: string, hasEnded: boolean): ContainerStatus {
  const state: State = hasEnded
    ? { terminated: { exitCode: 0, reason: 'Completed' } }
    : { waiting: { reason: 'PodInitializing' } };
  return { name, image, imageID: '', ready: hasEnded, restartCount: 0, state };
}

function conditionsOf(pod: SimulatedPod, now: number, { phase, ready }: Told): readonly Condition[] {
  const is = (type: string, holds: boolean, reason?: string): Condition => ({
    type,
    status: holds ? 'True' : 'False',
    ...(holds || reason === undefined ? {} : { reason }),
  });
  const unready = phase === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady';
  const hasInit = (pod.spec.initContainers ?? []).length > 0;
  const all = [
    is('PodScheduled', true),
    is('Initialized', !hasInit || phase !== 'Pending', 'ContainersNotInitialized'),
    is('ContainersReady', ready, unready),
    is('Ready', ready, unready),
  ];
  return all.reduce((conditions, condition) => withCondition(conditions, condition, now), pod.status?.conditions ?? []);
}
