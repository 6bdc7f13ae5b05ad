import { Worker } from 'node:worker_threads';
import { type Options, type Reports, type Simulation, type Timed, simulated } from './simulations.js';

/**
 * Runs worlds, so many at a time, each in a thread with a heap of its own, and gives their reports in the order they were
 * asked for. A seed shows the same in whichever thread it runs, and after whichever others.
 *
 * @param jobs how many at a time; with one there is no other thread
 * @throws whatever kept a world from being run at all
 */
export async function* reportsOf<K extends keyof Reports>(
  of: K,
  options: readonly Options[K][],
  jobs: number,
): AsyncGenerator<Timed<Reports[K]>> {
  const simulations = options.map((one) => ({ of, options: one }));
  if (jobs === 1 || simulations.length === 1) {
    for (const simulation of simulations) yield await simulated(simulation);
    return;
  }
  const crew = new Crew(simulations, jobs);
  try {
    for (const i of simulations.keys()) yield await crew.reportOf(i);
  } finally {
    await crew.dismiss();
  }
}

/** Threads that take one world after the other, until none is left or one could not be run. */
class Crew<K extends keyof Reports> {
  readonly #simulations: readonly Simulation<K>[];
  readonly #members: readonly Worker[];
  readonly #reports = new Map<number, Timed<Reports[K]>>();
  readonly #failures = new Map<number, Error>();
  #next = 0;
  #tell: () => void = () => undefined;

  constructor(simulations: readonly Simulation<K>[], jobs: number) {
    this.#simulations = simulations;
    this.#members = Array.from({ length: Math.min(jobs, simulations.length) }, () => this.#hire());
  }

  /** Waits for a report, for as long as its world takes. @throws whatever kept that world from being run */
  async reportOf(i: number): Promise<Timed<Reports[K]>> {
    for (;;) {
      const [report, failure] = [this.#reports.get(i), this.#failures.get(i)];
      if (failure !== undefined) throw failure;
      if (report !== undefined) {
        this.#reports.delete(i);
        return report;
      }
      await new Promise<void>((resolve) => (this.#tell = resolve));
    }
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.terminate()));
  }

  #hire(): Worker {
    const member = new Worker(new URL('./member.js', import.meta.url));
    let current = this.#give(member);
    member.on('message', (report: Timed<Reports[K]>) => {
      this.#reports.set(current, report);
      current = this.#give(member);
      this.#tell();
    });
    member.on('error', (error) => {
      this.#failures.set(current, error instanceof Error ? error : new Error(String(error)));
      // Nothing more is begun: the run ends with that world.
      this.#next = this.#simulations.length;
      this.#tell();
    });
    return member;
  }

  #give(member: Worker): number {
    const i = this.#next++;
    const simulation = this.#simulations[i];
    if (simulation === undefined) void member.terminate();
    else member.postMessage(simulation);
    return i;
  }
}
