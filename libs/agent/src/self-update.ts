import { type Clock, type Random, backoffSeconds, messageOf, rfc3339 } from '@keelson/std';
import type { Refusal } from './launch/bundles.js';
import type { AgentMachine, AgentUpgrade } from './machine.js';

/** The agent that goes with the machine's release. */
export interface WantedAgent {
  readonly version: string;
  readonly downloadURL: string;
  /** The release is signed; by this digest the agent is what the release says. */
  readonly sha256: string;
}

/** How a running agent brings in the one that is to follow it. Absent where agents are replaced by other means. */
export interface Updater {
  /** The version that was tried before and given up. */
  readonly refused: Refusal | undefined;
  /** Fetches the bundle and checks its digest; one that is there already is not fetched again. Throws when it cannot. */
  fetch(wanted: WantedAgent, signal: AbortSignal): Promise<void>;
  /** Asks the launcher to start the fetched bundle in place of this process, which is stopped then. */
  handOver(wanted: WantedAgent): void;
  /** Tells the launcher that this version has reached the API. May be called again and again. */
  works(): void;
}

/** The agent to go over to; undefined when the running one is it, or nothing should be done on the host. */
export function wantedAgent(machine: AgentMachine, version: string): WantedAgent | undefined {
  const wanted = machine.spec?.agentConfig;
  if (machine.spec?.haltAgent === true || machine.metadata.deletionTimestamp !== undefined) return undefined;
  if (wanted?.version === undefined || wanted.downloadURL === undefined || wanted.sha256 === undefined)
    return undefined;
  if (wanted.version === version) return undefined;
  return { version: wanted.version, downloadURL: wanted.downloadURL, sha256: wanted.sha256 };
}

/** What a process that has just begun makes of an upgrade that the status calls unfinished. */
export function upgradeSeen(
  before: AgentUpgrade | undefined,
  wanted: WantedAgent | undefined,
  refused: Refusal | undefined,
  now: number,
): AgentUpgrade | undefined {
  // The launcher tried it before any agent had run here.
  if (before === undefined && wanted !== undefined && refused?.version === wanted.version)
    return { attempt: 1, startedAt: rfc3339(now), finishedAt: rfc3339(now), error: refusedText(refused) };
  if (before === undefined) return undefined;
  const { error: _error, ...rest } = before;
  const finishedAt = rest.finishedAt ?? rfc3339(now);
  if (wanted === undefined) return { ...rest, finishedAt };
  if (before.finishedAt != null || refused?.version !== wanted.version) return before;
  return { ...rest, finishedAt, error: refusedText(refused) };
}

function refusedText({ version, why }: Refusal): string {
  return `agent ${version} was started and given up, the one before it runs again: ${why}`;
}

export interface Trying {
  readonly version: string;
  /** Earliest next try, by the monotonic clock. */
  readonly at: number;
}

const fetchBackoff = { firstSeconds: 5, maxSeconds: 300, factor: 2 };
const refusedBackoff = { firstSeconds: 300, maxSeconds: 3600, factor: 2 };
/** A launcher that has not acted so long after it was asked is asked again. */
const handOverPatienceMs = 120_000;

/** When the first try of this process may be: a version that was just given up is not tried at once. */
export function firstTry(
  { refused }: Updater,
  wanted: WantedAgent,
  before: AgentUpgrade | undefined,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Trying {
  const seconds =
    refused?.version === wanted.version ? backoffSeconds(refusedBackoff, before?.attempt ?? 1, random) : 0;
  return { version: wanted.version, at: clock.elapsed() + seconds * 1000 };
}

/** Tries count up while they fail; one that was cut off is the same try. */
export function attemptOf(before: AgentUpgrade | undefined): number {
  if (before?.finishedAt == null) return before?.attempt ?? 1;
  return before.error === undefined ? 1 : (before.attempt ?? 1) + 1;
}

export interface ReplaceOptions {
  readonly updater: Updater;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Fetches and hands over. Gives how the try failed, where it did, and when the next one may be. */
export async function tryReplace(
  { updater, clock, random, signal }: ReplaceOptions,
  wanted: WantedAgent,
  attempt: number,
): Promise<{ readonly error?: string; readonly next: Trying }> {
  const { version } = wanted;
  try {
    await updater.fetch(wanted, signal);
  } catch (error) {
    const seconds = backoffSeconds(fetchBackoff, attempt, random);
    return {
      error: `agent ${version} could not be fetched: ${messageOf(error)}`,
      next: { version, at: clock.elapsed() + seconds * 1000 },
    };
  }
  updater.handOver(wanted);
  return { next: { version, at: clock.elapsed() + handOverPatienceMs } };
}
