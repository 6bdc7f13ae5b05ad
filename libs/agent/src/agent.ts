import type { ObjectKey } from '@keelson/api';
import { type Clock, backoffSeconds, equalJson, messageOf, rfc3339 } from '@keelson/std';
import { Bell } from './bell.js';
import { followMachine } from './follow.js';
import { beat } from './heartbeat.js';
import { itemHash, nextMove, type NextMove } from './items.js';
import type { AgentMachine, AgentStatus, StateItem, StateItemStatus } from './machine.js';
import type { AgentConfig, AgentOptions } from './options.js';
import { runWithin } from './run-within.js';
import {
  type Updater,
  type WantedAgent,
  attemptOf,
  firstTry,
  tryReplace,
  upgradeSeen,
  wantedAgent,
} from './self-update.js';
import { type AgentState, adopt, stillWanted, write } from './state.js';
import { keepTokenFresh } from './token.js';

export interface Agent {
  /** Stops everything, the running item too; resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export const agentVersion = '0.1.0';

/** Success is reported at the latest so long after it, together with what else has succeeded in its phase. Milliseconds. */
const holdMs = 5_000;
const itemBackoff = { firstSeconds: 5, maxSeconds: 300, factor: 2 };

/**
 * Starts the agent of one host: follows its LCMMachine, carries out the state items in order, reports, beats, renews its
 * token. It never ends by itself and survives the loss of the API for ever; all it must remember stands in the
 * LCMMachine's status, so it may be killed at any moment.
 */
export function startAgent(options: AgentOptions): Agent {
  const stopping = new AbortController();
  const { signal } = stopping;
  const { config, api, clock, random, log } = options;
  const wake = new Bell();
  const state: AgentState = {
    machine: undefined,
    status: undefined,
    held: undefined,
    retryAt: new Map(),
    rebootAskedAt: -Infinity,
    replacing: undefined,
  };
  const onChange = (machine: AgentMachine | undefined): void => {
    adopt(state, machine);
    wake.ring();
  };
  const unwatch = options.host.onChange?.(() => wake.ring());
  const running = [
    followMachine({ api, key: keyOf(config), clock, random, log, signal, onChange }),
    work(options, state, wake, signal),
    beat({ api, namespace: config.namespace, machine: config.machine, clock, random, log, signal }),
    keepTokenFresh({ api, token: config.token, clock, random, log, signal, saveToken: options.saveToken }),
  ];
  return {
    async stop() {
      stopping.abort(new Error('the agent is stopping'));
      unwatch?.();
      wake.ring();
      await Promise.allSettled(running);
    },
  };
}

/** One move after the other, for ever: introduce the host, go over to another agent, run an item, reboot, or rest until something changes. */
async function work(options: AgentOptions, state: AgentState, wake: Bell, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { machine } = state;
    if (machine === undefined) {
      await wake.wait();
      continue;
    }
    await introduce(options, state, signal);
    const wanted = wantedAgent(machine, versionOf(options));
    if (!signal.aborted) options.updater?.works();
    if (options.updater !== undefined && wanted !== undefined) {
      if (state.held !== undefined) await write(options, state, signal);
      await replace({ ...options, updater: options.updater, signal }, state, wake, wanted);
      continue;
    }
    const isRebooted = state.status?.reboot?.completed === true;
    const move = nextMove(machine, state.status?.stateItemStatuses ?? {}, isRebooted);
    if (state.held !== undefined && !mayWait(state.held, move)) await write(options, state, signal);
    else if (move.do === 'run') await runItem(options, state, wake, signal, move.item, move.attempt);
    else if (move.do === 'reboot') await reboot(options, state, wake, signal);
    else await wake.wait();
  }
}

/** Only while items of the same phase follow: its end, a halt, a reboot or another phase is told at once. */
function mayWait(held: NonNullable<AgentState['held']>, move: NextMove): boolean {
  return move.do === 'run' && move.item.phase === held.phase;
}

/** Writes what the host is and whether a wanted reboot has happened, when the status does not say so yet. */
async function introduce(options: AgentOptions, state: AgentState, signal: AbortSignal): Promise<void> {
  const { addresses, details, bootedAt } = options.host.info();
  const reboot = rebootSeen(state, bootedAt);
  const { reboot: _before, lcmAgentUpgradeStatus: last, ...others } = state.status ?? {};
  const wanted = state.machine === undefined ? undefined : wantedAgent(state.machine, versionOf(options));
  const upgrade = upgradeSeen(last, wanted, options.updater?.refused, options.clock.now());
  const next: AgentStatus = {
    ...others,
    addresses: [...addresses],
    agentVersion: versionOf(options),
    ...(upgrade === undefined ? {} : { lcmAgentUpgradeStatus: upgrade }),
    hostInfo: { ...details },
    ...(reboot === undefined ? {} : { reboot }),
  };
  if (equalJson(next, state.status)) return;
  state.status = next;
  await write(options, state, signal);
}

function versionOf({ version }: AgentOptions): string {
  return version ?? agentVersion;
}

type Replacing = AgentOptions & { readonly updater: Updater; readonly signal: AbortSignal };

/** Between two items, never in one: the next agent finds every item begun or not, as after any sudden end. */
async function replace(options: Replacing, state: AgentState, wake: Bell, wanted: WantedAgent): Promise<void> {
  const { clock, signal } = options;
  const before = state.status?.lcmAgentUpgradeStatus;
  if (state.replacing?.version !== wanted.version) state.replacing = firstTry(options.updater, wanted, before, options);
  const waitMs = state.replacing.at - clock.elapsed();
  if (waitMs > 0) return wake.waitAtMost(clock, waitMs);
  const upgrade = { attempt: attemptOf(before), startedAt: rfc3339(clock.now()) };
  state.status = { ...state.status, lcmAgentUpgradeStatus: upgrade };
  await write(options, state, signal);
  options.log.info(`going over to agent ${wanted.version}`, { attempt: upgrade.attempt });
  const { error, next } = await tryReplace(options, wanted, upgrade.attempt);
  state.replacing = next;
  if (error === undefined || signal.aborted) return;
  options.log.warn(error);
  state.status = {
    ...state.status,
    lcmAgentUpgradeStatus: { ...upgrade, error, finishedAt: rfc3339(clock.now()) },
  };
  await write(options, state, signal);
}

function rebootSeen(state: AgentState, bootedAt: number): AgentStatus['reboot'] {
  const before = state.status?.reboot;
  if (state.machine?.spec?.rebootRequired !== true) return undefined;
  if (typeof before?.requestedAt !== 'string' || before.completed === true) return before;
  // The status carries whole seconds; a boot within the second of the request is the one that was asked for.
  return bootedAt > Date.parse(before.requestedAt) ? { requestedAt: before.requestedAt, completed: true } : before;
}

async function runItem(
  options: AgentOptions,
  state: AgentState,
  wake: Bell,
  signal: AbortSignal,
  item: StateItem,
  attempt: number,
): Promise<void> {
  const hash = itemHash(item);
  const waitMs = (state.retryAt.get(hash) ?? 0) - options.clock.elapsed();
  if (waitMs > 0) return wake.waitAtMost(options.clock, waitMs);
  const startedAt = rfc3339(options.clock.now());
  options.log.info(`running ${item.phase} item ${item.name}`, { item: item.name, attempt });
  const running = runWithin(options, signal, item, attempt);
  await reportMeanwhile(options, state, signal, running);
  const outcome = await running;
  if (signal.aborted) return;
  const status: StateItemStatus = {
    hash,
    exitCode: outcome.exitCode,
    message: outcome.message.slice(-2000),
    ...(outcome.result === undefined ? {} : { result: outcome.result.slice(0, 2000) }),
    attempt,
    startedAt,
    finishedAt: rfc3339(options.clock.now()),
  };
  if (outcome.exitCode === 0) state.retryAt.delete(hash);
  else {
    options.log.warn(`item ${item.name} failed with exit code ${outcome.exitCode}`, { item: item.name, attempt });
    state.retryAt.set(hash, options.clock.elapsed() + backoffSeconds(itemBackoff, attempt, options.random) * 1000);
  }
  state.status = { ...state.status, stateItemStatuses: { ...stillWanted(state, item.name), [item.name]: status } };
  if (outcome.exitCode !== 0) return write(options, state, signal);
  state.held ??= { phase: item.phase, since: options.clock.elapsed() };
}

/** Reports what is held back when its time is up while the next item still runs. */
async function reportMeanwhile(
  options: AgentOptions,
  state: AgentState,
  signal: AbortSignal,
  running: Promise<unknown>,
): Promise<void> {
  const { clock } = options;
  if (state.held === undefined) return;
  const isUp = await outlasts(running, clock, state.held.since + holdMs - clock.elapsed());
  if (isUp) await write(options, state, signal);
}

/** Whether work takes longer than `ms`; known as soon as either is over. */
function outlasts(work: Promise<unknown>, clock: Clock, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.schedule(Math.max(0, ms), () => resolve(true));
    void work.finally(() => {
      timer.cancel();
      resolve(false);
    });
  });
}

/** The request is written before the host goes down, so that the agent knows after the boot what it was for. */
async function reboot(options: AgentOptions, state: AgentState, wake: Bell, signal: AbortSignal): Promise<void> {
  const patienceMs = state.rebootAskedAt + rebootPatienceMs - options.clock.elapsed();
  if (patienceMs > 0) return wake.waitAtMost(options.clock, patienceMs);
  if (typeof state.status?.reboot?.requestedAt !== 'string') {
    state.status = { ...state.status, reboot: { requestedAt: rfc3339(options.clock.now()), completed: false } };
    await write(options, state, signal);
  }
  if (signal.aborted) return;
  state.rebootAskedAt = options.clock.elapsed();
  options.log.info('rebooting the host as asked');
  try {
    await options.host.reboot();
  } catch (error) {
    state.status = {
      ...state.status,
      reboot: { ...state.status?.reboot, completed: false, errorMessage: messageOf(error) },
    };
    await write(options, state, signal);
  }
}

/** A host that still runs this long after it was told to reboot is told again. */
const rebootPatienceMs = 600_000;

function keyOf(config: AgentConfig): ObjectKey {
  return { namespace: config.namespace, name: config.machine };
}
