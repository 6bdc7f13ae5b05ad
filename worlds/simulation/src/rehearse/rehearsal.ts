import {
  ClusterReleaseKind,
  ClusterUpdatePlanKind,
  type ClusterUpdatePlan,
  type KubeObject,
  LCMClusterKind,
  type Node,
  NodeKind,
  type ObjectKey,
} from '@keelson/api';
import { lockController } from '@keelson/openstack-svc';
import { integerBelow, isFailure, rfc3339, seededRandom, terminal } from '@keelson/std';
import { drawDeeds, type DeedName } from '../updates/deeds.js';
import type { Seen } from '../mirror.js';
import type { SavedWorld } from '../updates/saved-world.js';
import { UpdateWorld } from '../updates/update-world.js';
import type { CloudRoom } from './cloud/cloud-room.js';
import { openNodeLocks } from './cloud/node-locks.js';
import { RehearsedHypervisors } from './cloud/rehearsed-hypervisors.js';
import { chosenPlan, durationsOf, machinesOf, stepOf } from './durations.js';
import { withMadeUpAuthority } from './made-up-authority.js';
import { type Obstacle, Obstacles } from './obstacles.js';
import { holdLocks } from './workload-locks.js';

/** What is rehearsed. */
export interface RehearsalOptions {
  readonly saved: SavedWorld;
  readonly cluster: ObjectKey;
  readonly plan?: string;
  /** Locks, budgets and pods of the cluster itself. */
  readonly inside: readonly KubeObject[];
  /** The computes of its cloud and what is on them; where that is not known, instances leave without taking time. */
  readonly cloud?: CloudRoom | undefined;
  /** What could not be read and so is not in the rehearsal, as sentences. */
  readonly lacks?: readonly string[];
  /** Times are divided by this while it runs, and multiplied again in what is told. */
  readonly compress: number;
  readonly seed: string;
  /** Courses with faults, after the one without. */
  readonly withFaults: number;
  readonly onCourse?: (number: number, of: number) => void;
}

export interface RehearsedStep {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly impact: { readonly users: string; readonly workloads: string; readonly info: string };
  /** Seconds from the start of the update. */
  readonly begins?: number;
  readonly ends?: number;
}

export interface RehearsedMachine {
  readonly name: string;
  /** Id of the step that it belongs to. */
  readonly step: string;
  readonly begins: number;
  readonly ends?: number;
}

export interface Course {
  readonly faults: readonly string[];
  readonly completed: boolean;
  readonly outcome: string;
  readonly seconds: number;
  readonly steps: readonly RehearsedStep[];
  readonly machines: readonly RehearsedMachine[];
  readonly obstacles: readonly Obstacle[];
  /** Instances that were moved, each as often as it was; undefined where the cloud is not in the rehearsal. */
  readonly migrations?: number;
}

export interface Rehearsal {
  readonly cluster: string;
  readonly plan: string;
  readonly source: string;
  readonly target: string;
  /** When the resources were read, RFC 3339. */
  readonly takenAt: string;
  readonly machines: number;
  readonly seed: string;
  /** What is not in it, as sentences: the forecast is the better for want of it. */
  readonly lacks: readonly string[];
  /** Without faults first. */
  readonly courses: readonly Course[];
}

const faultsOfARehearsal: readonly DeedName[] = [
  'kill a service',
  'kill NATS',
  'kill the API server',
  'kill PostgreSQL',
  'lossy API',
  'items fail',
  'a host loses power',
  'a node never returns',
  'a step fails',
  'an alert',
];
const tickMs = 10_000;
/** An update that has not moved for so long, of the world's own time, is stuck. */
const stuckMs = 3_600_000;
/** So is one that only says in new words, such as those of a further attempt, what it waits for. */
const repeatsMs = 2 * stuckMs;

/**
 * Runs an update of a snapshot to its end or to where it stops, without faults and with them, by the services themselves.
 *
 * @throws Failure terminal when there is no update to rehearse, or the cluster does not come to rest before it
 */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const { saved, cluster, seed } = options;
  const plan = chosenPlan(saved, cluster.name, options.plan);
  if (plan === undefined)
    throw terminal(
      `cluster ${cluster.namespace ?? ''}/${cluster.name} has no update${options.plan === undefined ? ' that is not over' : ` ${options.plan}`}: see kubectl -n ${cluster.namespace ?? ''} get clusterupdateplans`,
    );
  const courses: Course[] = [];
  for (let i = 0; i <= options.withFaults; i += 1) {
    options.onCourse?.(i + 1, options.withFaults + 1);
    courses.push(await course(options, plan, i === 0 ? undefined : `${seed}/${i}`));
  }
  const { source, target } = plan.spec;
  return {
    cluster: cluster.name,
    plan: plan.metadata.name,
    source,
    target,
    takenAt: rfc3339(saved.at),
    machines: machinesOf(saved, plan).length,
    seed,
    lacks: options.lacks ?? [],
    courses,
  };
}

async function course(options: RehearsalOptions, plan: ClusterUpdatePlan, seed: string | undefined): Promise<Course> {
  const { saved, cluster, compress } = options;
  const world = await UpdateWorld.open({
    seed: seed ?? options.seed,
    saved: withMadeUpAuthority(saved, cluster),
    cluster,
    ...durationsOf(saved, plan, compress, seed),
  });
  const ending = new AbortController();
  try {
    return await new CourseRun(world, options, plan, seed, ending.signal).run();
  } finally {
    ending.abort(new Error('the rehearsal is over'));
    await world.close();
  }
}

class CourseRun {
  readonly #world: UpdateWorld;
  readonly #options: RehearsalOptions;
  readonly #plan: ClusterUpdatePlan;
  readonly #seed: string | undefined;
  readonly #signal: AbortSignal;
  readonly #obstacles: Obstacles;
  readonly #hypervisors: RehearsedHypervisors | undefined;
  /** Of each machine. */
  readonly #steps: ReadonlyMap<string, string>;
  readonly #machines = new Map<string, { begins: number; ends?: number }>();
  #begin = 0;
  #faults: readonly string[] = [];

  constructor(
    world: UpdateWorld,
    options: RehearsalOptions,
    plan: ClusterUpdatePlan,
    seed: string | undefined,
    signal: AbortSignal,
  ) {
    this.#world = world;
    this.#options = options;
    this.#plan = plan;
    this.#seed = seed;
    this.#signal = signal;
    this.#steps = new Map(
      machinesOf(options.saved, plan).map((machine) => [machine.metadata.name, stepOf(machine, plan)]),
    );
    this.#obstacles = new Obstacles(world.clock.now());
    const { cloud: room, compress } = options;
    const { clock } = world;
    this.#hypervisors =
      room && new RehearsedHypervisors({ room, clock, compress, isNodeUp: (host) => this.#isReady(host) });
  }

  async run(): Promise<Course> {
    const world = this.#world;
    await world.watch({ seen: (seen) => this.#saw(seen), host: () => undefined, broken: () => undefined });
    await world.settle();
    for (const object of this.#options.inside) await this.#bring(object);
    const isReal = (controller: string): boolean =>
      this.#hypervisors !== undefined && controller === lockController.controllerName;
    void holdLocks(world.child, world.clock, this.#signal, isReal);
    if (this.#hypervisors !== undefined) await this.#openLocks(this.#hypervisors);
    await world.clock.advance(60_000);
    this.#begin = world.clock.now();
    this.#obstacles.begin(this.#begin);
    this.#schedule();
    await this.#commence();
    for (let tick = 1; !this.#isOver() && !this.#isStuck(); tick += 1) {
      await world.clock.advance(tickMs);
      if (tick % 60 === 0) await this.#commence();
    }
    return this.#told();
  }

  /** What the cluster itself holds is made anew in its simulated API; what that does not take stays out. */
  async #bring({ metadata, ...object }: KubeObject): Promise<void> {
    const { name, namespace, labels = {}, annotations = {} } = metadata;
    const fresh = {
      ...object,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels, annotations },
    };
    const { child } = this.#world;
    if (object.kind === NodeKind.kind)
      await child.patch(NodeKind, { name }, { metadata: { labels, annotations } }).catch(() => undefined);
    else await child.create(fresh as KubeObject).catch(() => undefined);
  }

  async #openLocks(hypervisors: RehearsedHypervisors): Promise<void> {
    const { api, child, clock } = this.#world;
    const target = await api.get(ClusterReleaseKind, { name: this.#plan.spec.target });
    const manager = await openNodeLocks(child, clock, hypervisors, {
      seed: this.#seed ?? this.#options.seed,
      release: target?.spec.version,
    });
    this.#signal.addEventListener('abort', () => void manager.stop(), { once: true });
  }

  #isReady(node: string): boolean {
    const found = this.#world.hosts.stored('nodes').find(({ metadata }) => metadata.name === node);
    const { conditions = [] } = (found?.['status'] ?? {}) as NonNullable<Node['status']>;
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  }

  async #commence(): Promise<void> {
    const plan = this.#current();
    if (plan === undefined || plan.spec.steps.every((step) => step.commence)) return;
    const { namespace, name, resourceVersion } = plan.metadata;
    const steps = plan.spec.steps.map((step) => ({ ...step, commence: true }));
    await this.#world.api
      .patch(ClusterUpdatePlanKind, { namespace, name }, { metadata: { resourceVersion }, spec: { steps } })
      .catch((error: unknown) => {
        if (!isFailure(error)) throw error;
      });
  }

  #schedule(): void {
    if (this.#seed === undefined) return;
    const random = seededRandom(`${this.#seed}/faults`);
    const expected = this.#plan.spec.steps.length * 1_800_000;
    const { clock } = this.#world;
    const deeds = drawDeeds(
      random,
      clock.now(),
      clock.now() + Math.max(600_000, expected / this.#options.compress),
      faultsOfARehearsal,
    );
    const chosen = deeds.slice(0, 2 + integerBelow(random, 3));
    this.#faults = chosen.map(({ name }) => name);
    for (const deed of chosen)
      clock.schedule(deed.at - clock.now(), () => {
        void Promise.resolve(deed.run(this.#world)).catch(() => undefined);
        const { undo, lastsMs = 0 } = deed;
        if (undo !== undefined)
          clock.schedule(
            lastsMs / this.#options.compress,
            () => void Promise.resolve(undo(this.#world)).catch(() => undefined),
          );
      });
  }

  #saw(seen: Seen): void {
    if (seen.kind === LCMClusterKind.kind) this.#turns(seen.after);
    this.#obstacles.saw(seen, this.#world.clock.now());
  }

  #turns(lcmCluster: KubeObject | undefined): void {
    const text = lcmCluster?.metadata.annotations?.['keelson.dev/update-turns'] ?? '';
    const has = new Set(text.split(',').flatMap((turn) => turn.split('/')[0] || []));
    const now = this.#secondsAt(this.#world.clock.now());
    for (const name of has) if (!this.#machines.has(name)) this.#machines.set(name, { begins: now });
    for (const [name, span] of this.#machines) if (!has.has(name) && span.ends === undefined) span.ends = now;
  }

  #secondsAt(at: number): number {
    return this.#toldSeconds(at - this.#begin);
  }

  /** Milliseconds of the world as the seconds that they stand for. */
  #toldSeconds(ms: number): number {
    return Math.round((ms / 1000) * this.#options.compress);
  }

  #current(): ClusterUpdatePlan | undefined {
    return [...this.#world.mirror.all(ClusterUpdatePlanKind)].find(
      ({ metadata }) => metadata.name === this.#plan.metadata.name,
    );
  }

  #isStuck(): boolean {
    const { movedAt, progressAt } = this.#obstacles;
    const now = this.#world.clock.now();
    return now - movedAt >= stuckMs || now - progressAt >= repeatsMs;
  }

  #isOver(): boolean {
    return this.#current()?.status?.status === 'Completed';
  }

  #told(): Course {
    const now = this.#world.clock.now();
    const plan = this.#current();
    const completed = plan?.status?.status === 'Completed';
    // What stands still does so from the moment it began to wait for the last time.
    const end = completed ? Date.parse(plan.status?.finishedAt ?? '') : this.#obstacles.progressAt;
    return {
      faults: this.#faults,
      completed,
      outcome: plan?.status?.message ?? 'the plan is gone',
      seconds: this.#secondsAt(end),
      steps: this.#toldSteps(plan),
      machines: [...this.#machines].map(([name, span]) => ({ name, step: this.#steps.get(name) ?? '', ...span })),
      ...(this.#hypervisors === undefined ? {} : { migrations: this.#hypervisors.arrived }),
      obstacles: this.#obstacles.told(
        { now, begin: this.#begin, completed, secondsOf: (ms) => this.#toldSeconds(ms) },
        this.#hypervisors?.unplaced ?? [],
      ),
    };
  }

  #toldSteps(plan: ClusterUpdatePlan | undefined): readonly RehearsedStep[] {
    const told = new Map((plan?.status?.steps ?? []).map((step) => [step.id, step]));
    return (plan?.spec.steps ?? []).map(({ id, name, impact = {} }) => {
      const { status = 'NotStarted', startedAt, finishedAt } = told.get(id) ?? {};
      return {
        id,
        name,
        status,
        impact: { users: impact.users ?? 'none', workloads: impact.workloads ?? 'none', info: impact.info ?? '' },
        ...(startedAt === undefined ? {} : { begins: Math.max(0, this.#secondsAt(Date.parse(startedAt))) }),
        ...(finishedAt === undefined ? {} : { ends: Math.max(0, this.#secondsAt(Date.parse(finishedAt))) }),
      };
    });
  }
}
