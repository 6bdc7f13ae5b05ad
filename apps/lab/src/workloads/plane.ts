import type { Clock, Log, Random } from '@keelson/std';
import type { ChildApi, ChildWrite } from '../clusters/child-api.js';
import type { Pace } from '../world/pace.js';
import type { ClusterIndex } from './cluster-index.js';
import type { PodFault } from './kubelets/pod-faults.js';
import type { SimulatedPod } from './kinds.js';

/** What every simulated controller of a cluster works with. */
export interface Plane {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly random: Random;
  readonly log: Log;
  /** Drawn from for what must not depend on the order of events, with a name of its own. */
  readonly seed: string;
  readonly api: ChildApi;
  readonly index: ClusterIndex;
  /** The kubelet of a node; undefined while its host is down. */
  readonly kubelet: (node: string) => RunningKubelet | undefined;
  readonly faultOf: (pod: SimulatedPod) => PodFault | undefined;
}

export interface RunningKubelet {
  /** Milliseconds since the epoch when its host came back from being down; undefined when it never was. */
  readonly restartedAt: number | undefined;
}

/** One simulated controller: which of its objects a write concerns, and how one of them is brought up to what it should be. */
export interface Controller {
  readonly name: string;
  /** Keys that a write concerns, as the controller itself names them. */
  concerns(write: ChildWrite): Iterable<string>;
  /** Keys to look at when the cluster comes up; all that `concerns` gives for what is stored when absent. */
  readonly always?: readonly string[];
  /** Does what is to be done; gives the time in milliseconds since the epoch at which to look again by itself. */
  sync(key: string): Promise<number | undefined>;
}

/** As many writes at once as the API's queue takes easily. */
const batch = 256;

/** Runs `work` for each item, a batch at a time. */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += batch) await Promise.all(items.slice(from, from + batch).map(work));
}
