import { ClusterReleaseKind, type KubeObject, UpdateAutoPauseKind, UpdateGroupKind, apiVersionOf } from '@keelson/api';
import { integerBelow, seededRandom, sha256Json } from '@keelson/std';
import type { Violation } from '../oracles.js';
import { type Deed, type DeedName, commence, drawCloudDeeds, drawDeeds, planOf } from './deeds.js';
import { isOver, leftBehind, stopOf } from './ending.js';
import type { HostPace } from './hosts.js';
import { Judges } from './judges.js';
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
    hasCeph: seededRandom(`${options.seed}/ceph`).next() < 0.7,
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
  readonly #judges: Judges;
  readonly #deeds: readonly Deed[];
  readonly #begin: number;
  readonly #passing = new Set<Deed>();
  /** Version of Kubernetes that the update brings. */
  #target = '';
  #isCalm = false;

  constructor(world: UpdateWorld, options: UpdateRunOptions) {
    this.#world = world;
    this.#options = options;
    this.#judges = new Judges(world, options.openstack === true);
    this.#begin = world.clock.now();
    this.#deeds = this.#drawn();
  }

  async run(): Promise<UpdateReport> {
    await this.#judges.begin();
    await this.#world.settle();
    await this.#prepare();
    for (const deed of this.#deeds) this.#schedule(deed);
    await commence(this.#world, () => true);
    if (this.#deeds.length > 0) await this.#pass(troubleSeconds);
    await this.#calm();
    const outcome = await this.#end();
    return {
      seed: this.#options.seed,
      openstack: this.#options.openstack === true,
      machines: this.#world.hosts.names.length,
      deeds: this.#deeds.map(({ name }) => name),
      outcome,
      virtualSeconds: Math.round((this.#world.clock.now() - this.#begin) / 1000),
      violations: this.#judges.violations,
      digest: sha256Json(this.#world.history()),
    };
  }

  #drawn(): readonly Deed[] {
    const { seed, faults, openstack } = this.#options;
    if (!faults) return [];
    const [from, to] = [this.#begin, this.#begin + troubleSeconds * 1000];
    const more = openstack === true ? drawCloudDeeds(seededRandom(`${seed}/cloud-deeds`), from, to) : [];
    return [...drawDeeds(seededRandom(`${seed}/deeds`), from, to), ...more].sort((a, b) => a.at - b.at);
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
    this.#judges.expect(this.#target);
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
      this.#judges.report('convergence', `${deed.name} could not be done: ${String(error)}`);
    }
  }

  async #pass(seconds: number): Promise<void> {
    const until = this.#world.clock.now() + seconds * 1000;
    while (this.#world.clock.now() < until && !isOver(this.#world)) {
      await this.#world.clock.advance(tickMs);
      this.#judges.look();
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
      if (isOver(this.#world)) return this.#completed();
      if (this.#isStoppedByWhatIsLost()) return this.#stopped();
      if (tick % 60 === 0) await commence(this.#world, () => true);
      await this.#pass(tickMs / 1000);
    }
    return this.#stopped();
  }

  /** A host that never returns, for longer than anything else takes. */
  #isStoppedByWhatIsLost(): boolean {
    const { hosts, clock } = this.#world;
    return [...hosts.lost].some((machine) => clock.now() - (hosts.downSince(machine) ?? Infinity) > 3_600_000);
  }

  async #completed(): Promise<string> {
    await this.#pass(0);
    await this.#world.clock.advance(180_000);
    for (const what of leftBehind(this.#world, this.#target))
      this.#judges.report('convergence', `the update is over, but ${what}`);
    this.#judges.over();
    return 'Completed';
  }

  /** What stopped must say by what. */
  #stopped(): string {
    const { outcome, wrong } = stopOf(this.#world);
    if (wrong !== undefined) this.#judges.report('convergence', wrong);
    return outcome;
  }
}

/** The command that runs an update again. */
export function updateReplayCommand(
  { seed, openstack }: Pick<UpdateReport, 'seed' | 'openstack'>,
  faults: string,
): string {
  return `./keelson simulate --updates 1 --seed ${seed}${openstack ? ' --openstack 1' : ''}${faults === 'all' ? '' : ` --faults ${faults}`}`;
}
