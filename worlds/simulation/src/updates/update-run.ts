import {
  type Cluster,
  ClusterKind,
  ClusterReleaseKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type KubeObject,
  MachineKind,
  UpdateAutoPauseKind,
  UpdateGroupKind,
  apiVersionOf,
} from '@keelson/api';
import { integerBelow, seededRandom, sha256Json } from '@keelson/std';
import { Oracles, type Violation } from '../oracles.js';
import { type Deed, type DeedName, commence, drawCloudDeeds, drawDeeds, planOf } from './deeds.js';
import { CloudInvariants } from './cloud-invariants.js';
import type { HostPace } from './hosts.js';
import { Invariants } from './invariants.js';
import { standingCloud } from './standing-cloud.js';
import { standingCluster, standingWorld } from './standing.js';
import { UpdateWorld } from './update-world.js';

export interface UpdateRunOptions {
  readonly seed: string;
  /** Without faults the update simply goes from its start to its end. */
  readonly faults: boolean;
  /** With it the cluster carries a cloud, and openstack-svc takes part as it is. */
  readonly openstack?: boolean;
}

/** What one simulated update showed. Equal for equal options. */
export interface UpdateReport {
  readonly seed: string;
  /** Whether it carried a cloud. */
  readonly openstack: boolean;
  readonly machines: number;
  readonly deeds: readonly DeedName[];
  /** Completed, or the reason by which it stopped. */
  readonly outcome: string;
  readonly virtualSeconds: number;
  readonly violations: readonly Violation[];
  readonly digest: string;
}

/** Virtual seconds in which things happen to the update, and those it has from then on to end or to say why not. */
const troubleSeconds = 1_500;
const endSeconds = 4 * 3_600;
const tickMs = 5_000;

/** One update of a small cluster from a seed, with whatever happens to it on the way. */
export async function runUpdate(options: UpdateRunOptions): Promise<UpdateReport> {
  const begin = options.openstack === true ? await standingCloud() : { saved: await standingWorld() };
  const world = await UpdateWorld.open({
    seed: options.seed,
    ...begin,
    cluster: standingCluster,
    pace: paceOf(options.seed),
    stepSeconds: () => 60 + integerBelow(seededRandom(`${options.seed}/steps`), 240),
  });
  try {
    return await new UpdateRun(world, options).run();
  } finally {
    await world.close();
  }
}

/** Machines differ, and each differs from one time to the next. */
function paceOf(seed: string): HostPace {
  const random = seededRandom(`${seed}/pace`);
  return { item: () => 2 + 20 * random.next(), reboot: () => 40 + 120 * random.next() };
}

class UpdateRun {
  readonly #world: UpdateWorld;
  readonly #options: UpdateRunOptions;
  readonly #invariants: Invariants;
  readonly #cloud: CloudInvariants | undefined;
  readonly #deeds: readonly Deed[];
  readonly #begin: number;
  readonly #passing = new Set<Deed>();
  #oracles: Oracles | undefined;
  /** Version of Kubernetes that the update brings. */
  #target = '';
  #isCalm = false;

  constructor(world: UpdateWorld, options: UpdateRunOptions) {
    this.#world = world;
    this.#options = options;
    this.#invariants = new Invariants(world);
    this.#begin = world.clock.now();
    const isWithCloud = options.openstack === true;
    this.#cloud = isWithCloud ? new CloudInvariants(world, this.#invariants.report.bind(this.#invariants)) : undefined;
    const [from, to] = [this.#begin, this.#begin + troubleSeconds * 1000];
    const more = isWithCloud ? drawCloudDeeds(seededRandom(`${options.seed}/cloud-deeds`), from, to) : [];
    this.#deeds = options.faults
      ? [...drawDeeds(seededRandom(`${options.seed}/deeds`), from, to), ...more].sort((a, b) => a.at - b.at)
      : [];
  }

  async run(): Promise<UpdateReport> {
    await this.#watch();
    await this.#world.settle();
    await this.#prepare();
    for (const deed of this.#deeds) this.#schedule(deed);
    await commence(this.#world, () => true);
    if (this.#deeds.length > 0) await this.#pass(troubleSeconds);
    await this.#calm();
    const outcome = await this.#end();
    const { violations } = this.#invariants;
    return {
      seed: this.#options.seed,
      openstack: this.#cloud !== undefined,
      machines: this.#world.hosts.names.length,
      deeds: this.#deeds.map(({ name }) => name),
      outcome,
      virtualSeconds: Math.round((this.#world.clock.now() - this.#begin) / 1000),
      violations: [...violations, ...(this.#oracles?.violations ?? [])],
      digest: sha256Json(this.#world.history()),
    };
  }

  async #watch(): Promise<void> {
    const world = this.#world;
    const oracles = new Oracles({
      mirror: world.mirror,
      reconcilers: world.processes.flatMap((process) => process.service?.reconcilers ?? []),
      truth: { isRunning: () => true, repeatedWipes: () => 0 },
      canaries: [],
      now: () => world.clock.now(),
    });
    this.#oracles = oracles;
    await world.watch({
      seen: (seen) => {
        oracles.saw(seen);
        this.#invariants.saw(seen);
      },
      host: (event) => {
        this.#invariants.host(event);
        this.#cloud?.host(event);
      },
      broken: (what) => oracles.broken(what),
    });
  }

  /** What an operator sets up before an update. */
  async #prepare(): Promise<void> {
    const random = seededRandom(`${this.#options.seed}/operator`);
    const world = this.#world;
    const { namespace, name } = world.cluster;
    await world.api.apply(
      {
        apiVersion: apiVersionOf(UpdateAutoPauseKind),
        kind: UpdateAutoPauseKind.kind,
        metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
        spec: { alerts: ['CephClusterHealthCritical'] },
      } as KubeObject,
      { fieldManager: 'kubectl', force: true },
    );
    const spec = { concurrentUpdates: 1 + integerBelow(random, 2), rebootIfUpdateRequires: random.next() < 0.7 };
    await world.api.patch(UpdateGroupKind, { namespace, name: `${name}-default` }, { spec });
    this.#target = await this.#targetVersion();
    this.#invariants.expect(this.#target);
  }

  async #targetVersion(): Promise<string> {
    const target = planOf(this.#world)?.spec.target ?? '';
    const release = await this.#world.api.get(ClusterReleaseKind, { name: target });
    return /"kubernetesVersion":"([^"]+)"/.exec(JSON.stringify(release ?? {}))?.[1] ?? '';
  }

  #schedule(deed: Deed): void {
    const { clock } = this.#world;
    clock.schedule(deed.at - clock.now(), () => {
      if (this.#isCalm) return;
      void this.#do(deed, deed.run);
      if (deed.undo === undefined) return;
      this.#passing.add(deed);
      clock.schedule(deed.lastsMs ?? 0, () => void this.#undo(deed));
    });
  }

  async #undo(deed: Deed): Promise<void> {
    if (deed.undo === undefined || !this.#passing.delete(deed)) return;
    // Two of a kind may overlap: the later one ends both, as whoever repairs a thing repairs it whole.
    await this.#do(deed, deed.undo);
  }

  async #do(deed: Deed, what: Deed['run']): Promise<void> {
    try {
      await what(this.#world);
    } catch (error) {
      this.#invariants.report('convergence', `${deed.name} could not be done: ${String(error)}`);
    }
  }

  async #pass(seconds: number): Promise<void> {
    const until = this.#world.clock.now() + seconds * 1000;
    while (this.#world.clock.now() < until && !this.#isOver()) {
      await this.#world.clock.advance(tickMs);
      this.#oracles?.check();
      this.#cloud?.look();
    }
  }

  /** Everything that passes has passed; the operator commences what is left. */
  async #calm(): Promise<void> {
    this.#isCalm = true;
    for (const deed of this.#passing) await this.#undo(deed);
    for (const process of this.#world.processes) if (process.service === undefined) await process.start();
    for (const machine of this.#world.hosts.names) this.#world.hosts.mend(machine);
    await this.#pass(180);
  }

  /** @returns Completed, or the reason why it will not be */
  async #end(): Promise<string> {
    const limit = this.#world.clock.now() + endSeconds * 1000;
    for (let tick = 0; this.#world.clock.now() < limit; tick += 1) {
      if (this.#isOver()) return this.#completed();
      if (this.#isStoppedByWhatIsLost()) return this.#stopped();
      if (tick % 60 === 0) await commence(this.#world, () => true);
      await this.#pass(tickMs / 1000);
    }
    return this.#stopped();
  }

  #isOver(): boolean {
    const target = this.#plan()?.spec.target;
    const cluster = this.#cluster();
    return (
      this.#plan()?.status?.status === 'Completed' &&
      cluster?.status?.providerStatus?.releaseRefs?.current?.name === target
    );
  }

  #cluster(): Cluster | undefined {
    const { namespace = '', name } = this.#world.cluster;
    return this.#world.mirror.get(ClusterKind, `${namespace}/${name}`);
  }

  /** The plan of the update that was begun first. */
  #plan(): ClusterUpdatePlan | undefined {
    return [...this.#world.mirror.all(ClusterUpdatePlanKind)].find(
      ({ metadata }) => metadata.name === `${this.#world.cluster.name}-21.2.0`,
    );
  }

  /** A host that never returns, for longer than anything else takes. */
  #isStoppedByWhatIsLost(): boolean {
    const { hosts, clock } = this.#world;
    return [...hosts.lost].some((machine) => clock.now() - (hosts.downSince(machine) ?? Infinity) > 3_600_000);
  }

  async #completed(): Promise<string> {
    await this.#pass(0);
    await this.#world.clock.advance(180_000);
    for (const [machine, { version }] of this.#world.hosts.versions())
      if (version !== this.#target) this.#left(`${machine} runs ${version}`);
    for (const { metadata } of this.#world.hosts.stored('nodemaintenancerequests.lcm.mirantis.com'))
      this.#left(`the request ${metadata.name} is still there`);
    for (const node of this.#world.hosts.stored('nodes'))
      if ((node['spec'] as { unschedulable?: boolean } | undefined)?.unschedulable === true)
        this.#left(`node ${node.metadata.name} takes no pods`);
    for (const machine of this.#world.mirror.all(MachineKind))
      if (machine.status?.providerStatus?.ready !== true && this.#world.hosts.isUp(machine.metadata.name))
        this.#left(
          `machine ${machine.metadata.name} is not ready: ${machine.status?.progress?.message ?? 'no message'}`,
        );
    this.#cloud?.over();
    return 'Completed';
  }

  #left(what: string): void {
    this.#invariants.report('convergence', `the update is over, but ${what}`);
  }

  /** What stopped must say by what: a reason, a sentence, and the machine that is lost where one is. */
  #stopped(): string {
    const plan = this.#plan();
    const { reason, message = '', waitingOn } = plan?.status?.progress ?? {};
    const next = waitingOn?.kind === ClusterKind.kind ? this.#cluster()?.status : undefined;
    const text = `${message} ${plan?.status?.message ?? ''} ${JSON.stringify([waitingOn, next])}`;
    const lost = [...this.#world.hosts.lost].filter((machine) => !this.#world.hosts.isUp(machine));
    const named = lost.some((machine) => text.includes(machine));
    if (plan === undefined) this.#invariants.report('convergence', 'the plan is gone and the update is not done');
    else if (lost.length === 0)
      this.#invariants.report(
        'convergence',
        `nothing is in its way, and still it is ${plan.status?.status ?? 'without state'}: ${text}`,
      );
    else if (reason === undefined || !named)
      this.#invariants.report(
        'convergence',
        `it waits for ${lost.join(', ')} and does not say so: ${reason ?? 'no reason'}: ${text}`,
      );
    return `${plan?.status?.status ?? 'gone'}: ${reason ?? 'no reason'}: ${message}`;
  }
}

/** The command that runs an update again. */
export function updateReplayCommand(
  { seed, openstack }: Pick<UpdateReport, 'seed' | 'openstack'>,
  faults: string,
): string {
  return `./keelson simulate --updates 1 --seed ${seed}${openstack ? ' --openstack 1' : ''}${faults === 'all' ? '' : ` --faults ${faults}`}`;
}
