import { type Clock, type Random, sleep } from '@keelson/std';

/** How long things take in this data centre, in seconds. The defaults are those of ordinary two-socket servers. */
export interface Timings {
  /** From power on until the boot device is chosen; inspection of a server takes about this. */
  readonly post: number;
  /** Booting the installer from the virtual CD. */
  readonly installerBoot: number;
  /** Writing the operating system to disk. */
  readonly install: number;
  /** Booting the installed system until the agent starts. */
  readonly osBoot: number;
  /** An orderly shutdown. */
  readonly shutdown: number;
  /** One answer of a BMC. */
  readonly bmcAnswer: number;
  /** State items by runner. */
  readonly items: Readonly<Record<string, number>>;
  /** From a node's registration until its kubelet reports Ready. */
  readonly nodeReady: number;
}

export const ordinaryTimings: Timings = {
  post: 120,
  installerBoot: 45,
  install: 240,
  osBoot: 35,
  shutdown: 25,
  bmcAnswer: 0.1,
  items: { downloader: 15, bash: 10, ansible: 60 },
  nodeReady: 15,
};

/**
 * How fast the physical part of the world runs. Only durations are scaled, never the clock: time stamps of agents, leases
 * and certificates stay those of everybody else, whatever the factor.
 */
export class Pace {
  #factor: number;

  /** @param factor 60 makes a server that takes two minutes to start take two seconds */
  constructor(factor = 1) {
    this.#factor = checked(factor);
  }

  get factor(): number {
    return this.#factor;
  }

  /** Holds for what begins from now on; what is under way ends as it was planned. */
  setFactor(factor: number): void {
    this.#factor = checked(factor);
  }

  /** Milliseconds of the clock that `seconds` of the simulated world last. */
  ms(seconds: number): number {
    return (seconds * 1000) / this.#factor;
  }
}

/** Waits `seconds` of the simulated world, a fifth more or less as chance will have it. */
export function take(
  world: { clock: Clock; pace: Pace },
  random: Random,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  return sleep(world.clock, world.pace.ms(seconds * (0.8 + 0.4 * random.next())), signal);
}

function checked(factor: number): number {
  if (!(factor > 0) || !Number.isFinite(factor))
    throw new RangeError(`clock factor must be a number above 0, was ${factor}`);
  return factor;
}
