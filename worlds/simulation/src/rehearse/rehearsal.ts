import {
  ClusterUpdatePlanKind,
  type ClusterUpdatePlan,
  type KubeObject,
  LCMClusterKind,
  LCMClusterStateKind,
  LCMMachineKind,
  NodeKind,
  type ObjectKey,
  type Progress,
} from '@keelson/api';
import { integerBelow, isFailure, seededRandom, terminal } from '@keelson/std';
import { drawDeeds, type DeedName } from '../updates/deeds.js';
import type { Seen } from '../mirror.js';
import type { SavedWorld } from '../updates/saved-world.js';
import { UpdateWorld } from '../updates/update-world.js';
import { chosenPlan, durationsOf } from './durations.js';
import { withMadeUpAuthority } from './made-up-authority.js';
import { holdLocks } from './workload-locks.js';

/** What is rehearsed. */
export interface RehearsalOptions {
  readonly saved: SavedWorld;
  readonly cluster: ObjectKey;
  readonly plan?: string;
  /** Locks, budgets and pods of the cluster itself. */
  readonly inside: readonly KubeObject[];
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
  readonly begins: number;
  readonly ends?: number;
}

/** Something that stood in the way, and for how long. */
export interface Obstacle {
  readonly object: string;
  readonly reason: string;
  readonly message: string;
  readonly waitsOn: string;
  /** Of the update as it will be, as all times that are told. */
  readonly seconds: number;
  /** It still stood there at the end. */
  readonly isLast: boolean;
}

export interface Course {
  readonly faults: readonly string[];
  readonly completed: boolean;
  readonly outcome: string;
  readonly seconds: number;
  readonly steps: readonly RehearsedStep[];
  readonly machines: readonly RehearsedMachine[];
  readonly obstacles: readonly Obstacle[];
}

export interface Rehearsal {
  readonly cluster: string;
  readonly plan: string;
  readonly source: string;
  readonly target: string;
  readonly machines: number;
  readonly seed: string;
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
    machines: courses[0]?.machines.length ?? 0,
    seed,
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

interface Standing {
  readonly object: string;
  readonly progress: Progress;
  readonly since: number;
}

class CourseRun {
  readonly #world: UpdateWorld;
  readonly #options: RehearsalOptions;
  readonly #plan: ClusterUpdatePlan;
  readonly #seed: string | undefined;
  readonly #signal: AbortSignal;
  readonly #standing = new Map<string, Standing>();
  readonly #obstacles = new Map<string, { standing: Standing; ms: number; isLast: boolean }>();
  readonly #machines = new Map<string, { begins: number; ends?: number }>();
  #begin = 0;
  #movedAt = 0;
  /** When anything last waited for something else than before, or a machine got or ended its turn. */
  #progressAt = 0;
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
  }

  async run(): Promise<Course> {
    const world = this.#world;
    await world.watch({ seen: (seen) => this.#saw(seen), host: () => undefined, broken: () => undefined });
    await world.settle();
    for (const object of this.#options.inside) await this.#bring(object);
    void holdLocks(world.child, world.clock, this.#signal);
    await world.clock.advance(60_000);
    this.#begin = world.clock.now();
    this.#movedAt = this.#begin;
    this.#progressAt = this.#begin;
    this.#standing.clear();
    this.#schedule();
    await this.#commence();
    for (let tick = 1; !this.#isOver() && world.clock.now() - this.#movedAt < stuckMs; tick += 1) {
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
      await child.patch(NodeKind, { name }, { metadata: { labels } }).catch(() => undefined);
    else await child.create(fresh as KubeObject).catch(() => undefined);
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
          clock.schedule(lastsMs, () => void Promise.resolve(undo(this.#world)).catch(() => undefined));
      });
  }

  #saw({ kind, key, after }: Seen): void {
    if (!told.has(kind)) return;
    if (kind === LCMClusterKind.kind) this.#turns(after);
    const now = this.#world.clock.now();
    const id = `${kind} ${key.split('/').at(-1) ?? key}`;
    const progress = (after as { readonly status?: { readonly progress?: Progress } } | undefined)?.status?.progress;
    const before = this.#standing.get(id);
    if (before?.progress.reason === progress?.reason && before?.progress.message === progress?.message) return;
    if (before !== undefined) this.#note(before, now, false);
    if (waitOf(before?.progress) !== waitOf(progress)) this.#progressAt = now;
    if (kind !== ClusterUpdatePlanKind.kind || before?.progress.message !== progress?.message) this.#movedAt = now;
    if (progress === undefined) this.#standing.delete(id);
    else this.#standing.set(id, { object: id, progress, since: now });
  }

  #note(standing: Standing, until: number, isLast: boolean): void {
    const { reason, waitingOn } = standing.progress;
    // What waits for one of these only passes on what that itself says.
    const isPassedOn = waitingOn?.kind === LCMMachineKind.kind || waitingOn?.kind === LCMClusterStateKind.kind;
    const isOrdinary = reason === undefined || ordinary.has(reason) || (reason === 'GroupHeld' && !isLast);
    if (isOrdinary || isPassedOn || this.#begin === 0) return;
    const id = `${standing.object} ${reason} ${waitingOn?.kind ?? ''} ${waitingOn?.name ?? ''}`;
    const known = this.#obstacles.get(id);
    this.#obstacles.set(id, { standing, ms: (known?.ms ?? 0) + until - standing.since, isLast });
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

  #isOver(): boolean {
    return this.#current()?.status?.status === 'Completed';
  }

  #told(): Course {
    const now = this.#world.clock.now();
    for (const standing of this.#standing.values()) this.#note(standing, now, true);
    const plan = this.#current();
    const completed = plan?.status?.status === 'Completed';
    // What stands still does so from the moment it began to wait for the last time.
    const end = completed ? Date.parse(plan.status?.finishedAt ?? '') : this.#progressAt;
    return {
      faults: this.#faults,
      completed,
      outcome: plan?.status?.message ?? 'the plan is gone',
      seconds: this.#secondsAt(end),
      steps: this.#steps(plan),
      machines: [...this.#machines].map(([name, span]) => ({ name, ...span })),
      obstacles: [...this.#obstacles.values()]
        .filter(({ ms }) => ms >= shortestMs)
        .map(({ standing: { object, progress }, ms, isLast }) => ({
          object,
          reason: progress.reason ?? '',
          message: progress.message ?? '',
          waitsOn: progress.waitingOn === undefined ? '' : `${progress.waitingOn.kind} ${progress.waitingOn.name}`,
          seconds: this.#toldSeconds(ms),
          isLast: isLast && !completed,
        }))
        .sort((a, b) => Number(b.isLast) - Number(a.isLast) || b.seconds - a.seconds)
        .slice(0, mostObstacles),
    };
  }

  #steps(plan: ClusterUpdatePlan | undefined): readonly RehearsedStep[] {
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

/** What an object waits for, however its words change. */
function waitOf(progress: Progress | undefined): string {
  const { reason = '', waitingOn } = progress ?? {};
  return `${reason} ${waitingOn?.kind ?? ''} ${waitingOn?.name ?? ''}`;
}

/** Kinds that say what holds an update up. */
const told: ReadonlySet<string> = new Set(
  [ClusterUpdatePlanKind, LCMClusterKind, LCMMachineKind, LCMClusterStateKind].map(({ kind }) => kind),
);

/** Waits that are the work itself. */
const ordinary: ReadonlySet<string> = new Set([
  'StepInProgress',
  'Updating',
  'NotCommenced',
  'Requested',
  'Draining',
  'Uncordoning',
  'Items',
  'ItemsRunning',
  'MachinesNotReady',
  'Reboot',
  'Rebooting',
  'GroupConcurrency',
  'RebootForgotten',
  'Returning',
]);
/** Of the world's own time: the services look around in less. */
const shortestMs = 30_000;
const mostObstacles = 12;
