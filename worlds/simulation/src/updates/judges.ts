import { Oracles, type Violation } from '../oracles.js';
import { CloudInvariants } from './cloud-invariants.js';
import { Invariants } from './invariants.js';
import type { UpdateWorld } from './update-world.js';

/** All that judges an update: of every write, of what hosts do, and of what is, every few seconds. */
export class Judges {
  readonly #world: UpdateWorld;
  readonly #invariants: Invariants;
  readonly #cloud: CloudInvariants | undefined;
  #oracles: Oracles | undefined;

  /** @param isWithCloud whether the cluster carries a cloud */
  constructor(world: UpdateWorld, isWithCloud: boolean) {
    this.#world = world;
    this.#invariants = new Invariants(world);
    this.#cloud = isWithCloud ? new CloudInvariants(world, this.report.bind(this)) : undefined;
  }

  /** Judges from now on. */
  async begin(): Promise<void> {
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

  /** Version of Kubernetes that the update brings: what runs it is updated. */
  expect(target: string): void {
    this.#invariants.expect(target);
  }

  /** To be asked every few seconds. */
  look(): void {
    this.#oracles?.check();
    this.#cloud?.look();
  }

  /** The update is over: what it should have left behind is there. */
  over(): void {
    this.#cloud?.over();
  }

  report(oracle: Violation['oracle'], what: string): void {
    this.#invariants.report(oracle, what);
  }

  get violations(): readonly Violation[] {
    return [...this.#invariants.violations, ...(this.#oracles?.violations ?? [])];
  }
}
