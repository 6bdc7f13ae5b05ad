import type { Clock, Log, Random } from '@keelson/std';
import type { ChildApi, ChildWrite } from '../clusters/child-api.js';
import type { Faults } from '../faults/faults.js';
import type { Pace } from '../world/pace.js';
import { budgets } from './controllers/budgets.js';
import { claims } from './controllers/claims.js';
import { ClusterIndex } from './cluster-index.js';
import { ControlLoop } from './control-loop.js';
import { cronJobs } from './controllers/cron-job.js';
import { daemonSets } from './controllers/daemon-set.js';
import { deployments } from './controllers/deployment.js';
import { endpointSlices } from './controllers/endpoint-slices.js';
import { jobs } from './controllers/job.js';
import { kubelets } from './kubelets/kubelets.js';
import { loadBalancers } from './controllers/load-balancers.js';
import { nodeLifecycle } from './controllers/nodes.js';
import type { Controller, Plane, RunningKubelet } from './plane.js';
import { podFault } from './kubelets/pod-faults.js';
import { replicaSets } from './controllers/replica-set.js';
import { residents } from './residents.js';
import { scheduler } from './scheduler.js';
import { statefulSets } from './controllers/stateful-set.js';

export interface WorkloadsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly seed: string;
  readonly log: Log;
  readonly pace: Pace;
  readonly faults: Pick<Faults, 'holds' | 'subscribe'>;
  readonly api: ChildApi;
  readonly answers: () => boolean;
  readonly kubelet: (node: string) => RunningKubelet | undefined;
}

/** Every simulated controller, in the order of what follows from what. */
const controllers: readonly ((plane: Plane) => Controller)[] = [
  nodeLifecycle,
  residents,
  cronJobs,
  deployments,
  replicaSets,
  statefulSets,
  daemonSets,
  jobs,
  claims,
  scheduler,
  kubelets,
  endpointSlices,
  budgets,
  loadBalancers,
];

/** Runs the workloads of one simulated cluster. */
export class Workloads {
  readonly #plane: Plane;
  readonly #loop: ControlLoop;
  readonly #controllers: readonly Controller[];
  readonly #unsubscribe: () => void;

  constructor(options: WorkloadsOptions) {
    const { clock, random, seed, log, pace, faults, api, answers, kubelet } = options;
    const index = new ClusterIndex();
    const faultOf: Plane['faultOf'] = (pod) => podFault(pod, faults);
    this.#plane = { clock, random, seed, log, pace, api, index, kubelet, faultOf };
    this.#controllers = controllers.map((make) => make(this.#plane));
    this.#loop = new ControlLoop({ plane: this.#plane, controllers: this.#controllers, answers });
    // A fault begins or ends: only kubelets see it.
    this.#unsubscribe = faults.subscribe(() => this.#look(index.all()));
    api.onWrite((writes) => this.#note(writes));
  }

  /** Looks at all that the cluster has stored, as after a restart of its control plane. */
  begin(stored: readonly ChildWrite[]): void {
    this.#note(stored);
    for (const { name, always = [] } of this.#controllers) this.#loop.mark(name, always);
  }

  /** The API answers again: what had to wait is done. */
  wake(): void {
    this.#loop.wake();
  }

  /** A kubelet has started: its pods go on. */
  kubeletStarted(node: string): void {
    this.#look(this.#plane.index.onNode(node));
  }

  stop(): void {
    this.#unsubscribe();
    this.#loop.stop();
  }

  #note(writes: readonly ChildWrite[]): void {
    for (const write of writes) this.#plane.index.apply(write);
    this.#loop.note(writes);
  }

  #look(pods: Iterable<{ readonly metadata: { readonly namespace?: string; readonly name: string } }>): void {
    const keys = Array.from(pods, ({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    if (keys.length > 0) this.#loop.mark('kubelet', keys);
  }
}
