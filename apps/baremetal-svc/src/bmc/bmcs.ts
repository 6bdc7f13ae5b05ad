import { type RedfishClient, type SystemState, redfishClient } from '@keelson/redfish';
import { type Clock, type Failure, type Http, type Random, terminal } from '@keelson/std';

/** How one BMC is reached. Never leaves this folder: a world and a plan hold no password. */
export interface BmcAccess {
  readonly address: string;
  readonly username: string;
  readonly password: string;
  readonly verifyCertificate: boolean;
}

/**
 * BMC clients by host. `observe` introduces a host with what it read, steps then ask for it by name alone. Beside that it
 * remembers how the last conversations went: hints that make polling gentler; losing them with the process costs a few
 * questions more and nothing else.
 */
export interface Bmcs {
  introduce(host: string, access: BmcAccess): RedfishClient;
  /** @throws Failure terminal, reason `BMCUnknown`, when nobody introduced the host */
  of(host: string): RedfishClient;
  memory(host: string): BmcMemory;
  forget(host: string): void;
}

export interface BmcMemory {
  /** Since when every question failed, in milliseconds since the epoch. */
  failingSince: number | undefined;
  /** The last refusal of the account: of which version of the Secret, and when. */
  refused: { readonly version: string; readonly at: number; readonly failure: Failure } | undefined;
  /** The value of BootProgress, since when, and whether it was ever seen to change: only then is it believed. */
  progress: { readonly value: string; readonly since: number; readonly isAlive: boolean } | undefined;
  /** The power that is wanted and not there, and since when. */
  powerWanted: { readonly power: 'On' | 'Off'; readonly since: number } | undefined;
  /** When the server was last told to start. */
  startedAt: number | undefined;
  /** The last answer, so that events in the API do not each become a question. */
  answer: { readonly system: SystemState; readonly at: number } | undefined;
}

export interface BmcsOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
}

/** BMCs answer in 0.1 to 5 s; a pass must not hang on one that does not. */
const timeoutMs = 10_000;

/** An empty directory of BMCs. */
export function bmcDirectory(options: BmcsOptions): Bmcs {
  const known = new Map<string, { readonly access: BmcAccess; readonly client: RedfishClient }>();
  const memories = new Map<string, BmcMemory>();
  return {
    introduce(host, access) {
      const before = known.get(host);
      if (before !== undefined && isSame(before.access, access)) return before.client;
      const client = redfishClient({ ...access, ...options, timeoutMs });
      known.set(host, { access, client });
      return client;
    },
    of(host) {
      const found = known.get(host);
      if (found === undefined) throw terminal(`nothing is known of the BMC of ${host}`, { reason: 'BMCUnknown' });
      return found.client;
    },
    memory(host) {
      const memory = memories.get(host) ?? newMemory();
      memories.set(host, memory);
      return memory;
    },
    forget(host) {
      known.delete(host);
      memories.delete(host);
    },
  };
}

function isSame(a: BmcAccess, b: BmcAccess): boolean {
  return (
    a.address === b.address &&
    a.username === b.username &&
    a.password === b.password &&
    a.verifyCertificate === b.verifyCertificate
  );
}

function newMemory(): BmcMemory {
  return {
    failingSince: undefined,
    refused: undefined,
    progress: undefined,
    powerWanted: undefined,
    startedAt: undefined,
    answer: undefined,
  };
}
