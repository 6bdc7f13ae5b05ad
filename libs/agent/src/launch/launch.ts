import { type Clock, type Log, messageOf, sleep } from '@keelson/std';
import {
  type Bundle,
  type Bundles,
  type Refusal,
  type Start,
  confirmed,
  handedOver,
  isAsInstalled,
  nextStart,
  refused,
} from './bundles.js';

/** What an agent tells its launcher. */
export type AgentWord =
  /** It has reached the management API and told it who it is. */
  | { readonly type: 'works' }
  /** The bundle is fetched and checked: start it in my place. */
  | { readonly type: 'handOver'; readonly bundle: Bundle };

export interface AgentProcess {
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  /** Ends it; resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

export interface LaunchOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the launcher and the agent with it. */
  readonly signal: AbortSignal;
  /** What is remembered on the disk. */
  readonly read: () => Promise<Bundles>;
  readonly write: (bundles: Bundles) => Promise<void>;
  /** Fetches the agent of the release that the host was installed for; absent where the installation named none. */
  readonly bring?: ((signal: AbortSignal) => Promise<Bundle>) | undefined;
  /** Starts the agent of a bundle. Throws when it cannot be started at all. */
  readonly start: (bundle: Bundle, context: StartContext) => AgentProcess;
}

export interface StartContext {
  readonly refused: Refusal | undefined;
  /** Whether it must still prove itself. */
  readonly isCandidate: boolean;
  readonly hear: (word: AgentWord) => void;
}

/** A candidate that has not reported so long after its start is given up. Milliseconds. */
export const candidatePatienceMs = 300_000;
/** So long the first start of a host waits for the agent of its release. Milliseconds. */
const bringMs = 300_000;
/** Between the end of one agent and the start of the next, unless the first has asked for it. Milliseconds. */
const pauseMs = 5_000;

/**
 * Keeps one agent running on the host and brings its newer versions in: a candidate is started in place of the current one
 * and must report within five minutes, or the current one is started again and told why. A host that was just installed
 * begins with the agent of its release, where that can be had. Only one runs at any time. The launcher may be killed at any moment: what it does next follows from the disk alone.
 */
export async function launch(options: LaunchOptions): Promise<void> {
  const { signal, clock } = options;
  let bundles = await brought(options);
  while (!signal.aborted) {
    const next = nextStart(bundles);
    if (next.bundles !== bundles) await options.write(next.bundles);
    const end = await runOne(options, next);
    bundles = end.bundles;
    if (!end.isAsked) await sleep(clock, pauseMs, signal).catch(() => undefined);
  }
}

/** What lies on the disk; on a host that has never run another agent than the installed one, with that of its release. */
async function brought({ read, write, bring, clock, log, signal }: LaunchOptions): Promise<Bundles> {
  const bundles = await read();
  if (bring === undefined || signal.aborted || !isAsInstalled(bundles)) return bundles;
  const limit = new AbortController();
  const onAbort = (): void => limit.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = clock.schedule(bringMs, () => limit.abort(new Error('it took longer than five minutes')));
  try {
    const bundle = await bring(limit.signal);
    if (bundle.version === bundles.current.version) return bundles;
    const next = handedOver(bundles, bundle);
    await write(next);
    return next;
  } catch (error) {
    if (!signal.aborted) log.warn(`the agent of the release could not be fetched: ${messageOf(error)}`);
    return bundles;
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

interface End {
  readonly bundles: Bundles;
  /** Whether another agent is to follow at once. */
  readonly isAsked: boolean;
}

/** Runs one agent to its end, or until another one takes its place. */
async function runOne(options: LaunchOptions, { bundles, bundle, isCandidate }: Start): Promise<End> {
  const { log, clock, signal } = options;
  let known = bundles;
  let writing = Promise.resolve();
  const remember = (next: Bundles): void => {
    known = next;
    writing = writing.then(() => options.write(next));
  };
  const over = new Settled<() => boolean>();
  const patience = isCandidate
    ? clock.schedule(candidatePatienceMs, () => over.settle(() => giveUp('it did not report within five minutes')))
    : undefined;
  const giveUp = (why: string): boolean => {
    log.warn(`agent ${bundle.version} is given up: ${why}`);
    remember(refused(known, why));
    return true;
  };
  const hear = (word: AgentWord): void => {
    if (word.type === 'handOver') return over.settle(() => (remember(handedOver(known, word.bundle)), true));
    if (!isCandidate || over.isSettled || known.candidate === undefined) return;
    patience?.cancel();
    remember(confirmed(known));
  };
  const onAbort = (): void => over.settle(() => true);
  signal.addEventListener('abort', onAbort, { once: true });
  let running: AgentProcess | undefined;
  try {
    running = options.start(bundle, { refused: bundles.refused, isCandidate, hear });
    void running.ended.then((how) => over.settle(() => (log.warn(`agent ${bundle.version} has ended: ${how}`), false)));
  } catch (error) {
    over.settle(() => (isCandidate ? giveUp(`it cannot be started: ${String(error)}`) : false));
  }
  const isAsked = (await over.value)();
  patience?.cancel();
  signal.removeEventListener('abort', onAbort);
  await writing;
  await running?.stop();
  return { bundles: known, isAsked };
}

/** The first of several ends. */
class Settled<T> {
  #resolve: (value: T) => void = () => undefined;
  readonly value = new Promise<T>((resolve) => (this.#resolve = resolve));

  isSettled = false;

  settle(value: T): void {
    this.isSettled = true;
    this.#resolve(value);
  }
}
