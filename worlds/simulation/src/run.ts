import { sha256Json } from '@keelson/std';
import { type ChaosName, type ChaosPlan, drawChaos } from './chaos.js';
import { unfinished } from './convergence.js';
import { type OracleName, Oracles, type Violation } from './oracles.js';
import { Platform } from './platform.js';
import type { Tally } from './tally.js';

export interface RunOptions {
  readonly seed: string;
  readonly servers: number;
  readonly faults: readonly ChaosName[];
  /** Virtual seconds until everything must have converged. */
  readonly limitSeconds: number;
}

/** What one run showed. Equal for equal options but for `wallMs`, which the caller adds. */
export interface RunReport {
  readonly seed: string;
  readonly servers: number;
  readonly converged: boolean;
  /** Virtual seconds until the last thing was as it should be. */
  readonly virtualSeconds: number;
  /** Writes to the API by whomever, but for signs of life (Leases), which go on for ever. */
  readonly writes: number;
  readonly writesByResource: Readonly<Record<string, number>>;
  readonly tally: Tally;
  readonly kills: number;
  readonly faults: number;
  readonly violations: readonly Violation[];
  /** Equal runs have equal digests: of every transition of every object, when and why. */
  readonly digest: string;
}

/** Virtual seconds in which things may go wrong: longer than everything takes when nothing does. */
const chaosSeconds = 1_800;
const tickMs = 10_000;

/** Runs the whole platform once: the operator's manifests, faults as drawn from the seed, oracles at every tick. */
export async function run(options: RunOptions): Promise<RunReport> {
  const platform = await Platform.open(options.seed, options.servers);
  try {
    return await runIn(platform, options);
  } finally {
    await platform.close();
  }
}

async function runIn(platform: Platform, options: RunOptions): Promise<RunReport> {
  const { clock } = platform;
  const begin = clock.now();
  const chaos = drawChaos({
    seed: options.seed,
    faults: options.faults,
    servers: platform.serverNames,
    services: platform.processes.map(({ name }) => name),
    from: begin,
    to: begin + Math.min(chaosSeconds, options.limitSeconds / 2) * 1000,
  });
  const oracles = await watched(platform);
  platform.unleash(chaos);
  await platform.applyManifests();
  const limit = begin + options.limitSeconds * 1000;
  const calm = options.faults.length === 0 ? begin : lastFault(chaos);
  let left = ['nothing was looked at yet'];
  while (clock.now() < limit && left.length > 0) {
    await clock.advance(tickMs);
    oracles.check();
    left =
      clock.now() < calm ? ['faults are still to come'] : unfinished(platform.mirror, platform.lab, options.servers);
  }
  for (const what of left) oracles.violations.push({ oracle: 'convergence', at: clock.now(), what });
  for (const what of platform.leaks()) oracles.violations.push({ oracle: 'secret canary', at: clock.now(), what });
  return report(platform, options, chaos, oracles.violations, (clock.now() - begin) / 1000, left.length === 0);
}

/** Nothing may be called finished while something can still go wrong. */
function lastFault(chaos: ChaosPlan): number {
  const ends = [
    ...chaos.dataCentre.map((fault) => fault.until ?? chaos.until),
    ...chaos.kills.map(({ at, backAfterMs }) => at + backAfterMs),
  ];
  return Math.max(chaos.until, ...ends);
}

async function watched(platform: Platform): Promise<Oracles> {
  const oracles = new Oracles({
    mirror: platform.mirror,
    reconcilers: platform.processes.flatMap((process) => process.service?.reconcilers ?? []),
    truth: {
      isRunning: (server) => platform.lab.isRunning(server),
      repeatedWipes: () => platform.lab.ledger.repeatedWipes().length,
    },
    canaries: platform.canaries,
    now: () => platform.clock.now(),
  });
  await platform.watch(
    (seen) => oracles.saw(seen),
    (what) => oracles.broken(what),
  );
  return oracles;
}

function report(
  platform: Platform,
  options: RunOptions,
  chaos: ChaosPlan,
  violations: readonly Violation[],
  virtualSeconds: number,
  converged: boolean,
): RunReport {
  const writesByResource = platform.writes();
  return {
    seed: options.seed,
    servers: options.servers,
    converged,
    virtualSeconds,
    writes: Object.entries(writesByResource).reduce(
      (sum, [resource, count]) => (resource.startsWith('leases') ? sum : sum + count),
      0,
    ),
    writesByResource,
    tally: platform.tally(),
    kills: chaos.kills.length,
    faults: chaos.dataCentre.length,
    violations,
    digest: sha256Json(platform.history()),
  };
}

/** The command that runs a seed again. */
export function replayCommand(options: Pick<RunOptions, 'seed' | 'servers'>, faults: string): string {
  return `./keelson simulate --seed ${options.seed} --servers ${options.servers} --faults ${faults}`;
}

export type { OracleName, Violation };
