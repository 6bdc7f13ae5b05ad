import type { BusFaults } from '@keelson/bus';
import { noBusFaults } from '@keelson/bus';
import { type Fault, type FaultKind, drawFaults, faultMenu, isFaultKind } from '@keelson/lab';
import { integerBelow, pick, type Random, seededRandom } from '@keelson/std';
import { type ApiFaults, noApiFaults } from './gate.js';

/** What may go wrong beside the fault menu of the data centre. */
export const platformFaults = {
  api: 'calls to the Kubernetes API are lost, answered too late or refused as a conflict',
  bus: 'news and requests are lost, doubled, delayed',
  records: 'calls to the record store fail',
  kill: 'services are killed and come back',
} as const;

export type PlatformFault = keyof typeof platformFaults;
export type ChaosName = FaultKind | PlatformFault;

/** Every fault by name. */
export const allFaults: readonly ChaosName[] = [
  ...(Object.keys(faultMenu) as FaultKind[]),
  ...(Object.keys(platformFaults) as PlatformFault[]),
];

/**
 * The faults named on a command line: `all`, `none`, or names separated by commas.
 *
 * @throws RangeError naming the word that is no fault
 */
export function parseFaults(text: string): readonly ChaosName[] {
  if (text === 'all') return allFaults;
  if (text === 'none' || text === '') return [];
  return text.split(',').map((word) => {
    const name = allFaults.find((known) => known === word.trim());
    if (name === undefined) throw new RangeError(`there is no fault "${word}"; known: ${allFaults.join(', ')}`);
    return name;
  });
}

/** Everything that will go wrong in one run, drawn from its seed before it begins. */
export interface ChaosPlan {
  readonly dataCentre: readonly Omit<Fault, 'id'>[];
  readonly kills: readonly { readonly at: number; readonly service: string; readonly backAfterMs: number }[];
  /** Faults of API, bus and records hold from the start to this time. */
  readonly until: number;
  readonly api: ApiFaults;
  readonly bus: BusFaults;
  readonly records: number;
}

export interface ChaosOptions {
  readonly seed: string;
  readonly faults: readonly ChaosName[];
  readonly servers: readonly string[];
  readonly services: readonly string[];
  /** Milliseconds since the epoch: no fault begins earlier, none lasts beyond `to`. */
  readonly from: number;
  readonly to: number;
}

export function drawChaos(options: ChaosOptions): ChaosPlan {
  const { faults, servers, services, from, to } = options;
  const random = seededRandom(`${options.seed}/chaos`);
  const kinds = faults.filter((name): name is FaultKind => isFaultKind(name));
  const has = (name: PlatformFault): boolean => faults.includes(name);
  return {
    dataCentre:
      kinds.length === 0
        ? []
        : drawFaults({ random, servers, kinds, count: Math.ceil(servers.length * 0.4), from, to }),
    kills: has('kill') ? drawKills(random, services, from, to) : [],
    until: to,
    api: has('api') ? { lostRequest: 0.01, lostAnswer: 0.01, conflict: 0.01 } : noApiFaults,
    bus: has('bus')
      ? {
          lostDelivery: 0.05,
          doubled: 0.05,
          delayed: 0.2,
          maxDelayMs: 30_000,
          failedPublish: 0.05,
          lostForGood: 0.02,
          lostRequest: 0.05,
        }
      : noBusFaults,
    records: has('records') ? 0.05 : 0,
  };
}

function drawKills(random: Random, services: readonly string[], from: number, to: number): ChaosPlan['kills'] {
  return Array.from({ length: 2 + integerBelow(random, 5) }, () => ({
    at: from + integerBelow(random, to - from),
    service: pick(random, services),
    backAfterMs: 500 + integerBelow(random, 60_000),
  })).sort((a, b) => a.at - b.at);
}
