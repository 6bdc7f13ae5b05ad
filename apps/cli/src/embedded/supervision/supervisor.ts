import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backoffSeconds, type BackoffPolicy, messageOf, sleep, systemClock, systemRandom } from '@keelson/std';
import type { Component, ComponentState, ComponentStatus, EmbeddedOptions, SupervisorState } from './component.js';
import { buildHere, type Layout } from '../layout.js';
import { endProcess, identify, isAlive, type ProcessIdentity } from './processes.js';

const restartBackoff: BackoffPolicy = { firstSeconds: 0.3, maxSeconds: 10, factor: 2 };
/** A component that lived this long is taken as healthy: its next failure starts the backoff anew. */
const healthyAfterMs = 30_000;
/** Short at first, because a start is a chain of these waits; longer for what takes long anyway, because probes cost too. */
const probeWaitMs = (sinceStartMs: number): number => Math.min(250, 50 + sinceStartMs / 20);

/**
 * Keeps the components of a single-machine installation running: starts each as soon as those it comes after were ready,
 * restarts what dies (with backoff and jitter), ends them in reverse order. Its state is a file, so that other commands
 * need no connection to it.
 */
export class Supervisor {
  readonly #layout: Layout;
  readonly #options: EmbeddedOptions;
  #slots: Slot[];
  readonly #build: string;
  #stopping = false;

  constructor(layout: Layout, options: EmbeddedOptions, components: readonly Component[]) {
    this.#layout = layout;
    this.#options = options;
    this.#slots = components.map(newSlot);
    this.#build = buildHere(layout);
  }

  /** Starts everything and returns once each component was ready once. Restarts go on in the background. */
  async start(): Promise<void> {
    await endLeftovers(this.#layout);
    this.#write();
    await Promise.all(this.#slots.map((slot) => this.#begin(slot)));
  }

  /** Ends everything, last started first. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const slot of this.#slots) slot.readyOnce.resolve();
    for (const slot of [...this.#slots].reverse()) {
      if (slot.process !== undefined)
        await endProcess(slot.process, slot.component.stopSignal, slot.component.stopGraceMs);
      this.#set(slot, 'stopped');
    }
  }

  /** Resolves when a component was ready for the first time, or nothing is waited for any more. */
  async wasReady(name: string): Promise<void> {
    await this.#slots.find(({ component }) => component.name === name)?.readyOnce.promise;
  }

  componentOf(name: string): Component | undefined {
    return this.#mainOf(name)?.component;
  }

  isReady(name: string): boolean {
    return this.#mainOf(name)?.state === 'ready';
  }

  /** Starts a component beside the one of the same name, which it is to replace, and keeps it running. */
  startBeside(component: Component): Beside {
    const slot: Slot = { ...newSlot(component), isBeside: true };
    this.#slots.push(slot);
    void this.#keepRunning(slot);
    return {
      missing: () => (slot.state === 'ready' ? undefined : (slot.message ?? `it is ${slot.state}`)),
      replace: (final) => this.#replace(slot, final),
      end: () => this.#retire(slot),
    };
  }

  /** Ends the old one and gives its place to the one beside it. */
  async #replace(slot: Slot, final: Component): Promise<void> {
    const old = this.#mainOf(slot.component.name);
    const place = this.#slots.findIndex((other) => other === old);
    if (old !== undefined) await this.#retire(old);
    this.#slots = this.#slots.filter((other) => other !== slot);
    this.#slots.splice(place === -1 ? this.#slots.length : place, 0, slot);
    slot.isBeside = false;
    slot.component = final;
    const until = systemClock.now() + placeWithinMs;
    for (;;) {
      const missing = await slot.component.probe().catch(messageOf);
      if (missing === undefined || slot.state !== 'ready' || systemClock.now() > until) break;
      await sleep(systemClock, 50);
    }
    this.#write();
  }

  /** Ends a component for good. */
  async #retire(slot: Slot): Promise<void> {
    slot.isRetired = true;
    if (slot.process !== undefined)
      await endProcess(slot.process, slot.component.stopSignal, slot.component.stopGraceMs);
    this.#slots = this.#slots.filter((other) => other !== slot);
    this.#write();
  }

  #mainOf(name: string): Slot | undefined {
    return this.#slots.find(({ component, isBeside }) => component.name === name && isBeside !== true);
  }

  /** Waits for what the component comes after, starts it, and resolves when it was ready for the first time. */
  async #begin(slot: Slot): Promise<void> {
    const before = this.#slots.filter(({ component }) => slot.component.after.includes(component.name));
    await Promise.all(before.map(({ readyOnce }) => readyOnce.promise));
    if (this.#stopping) return;
    await Promise.race([slot.readyOnce.promise, this.#keepRunning(slot)]);
  }

  async #keepRunning(slot: Slot): Promise<void> {
    const isOver = (): boolean => this.#stopping || slot.isRetired === true;
    while (!isOver()) {
      const begun = systemClock.now();
      const ended = await this.#runOnce(slot).catch((error: unknown) => messageOf(error));
      if (isOver()) return;
      slot.failures = systemClock.now() - begun > healthyAfterMs ? 1 : slot.failures + 1;
      slot.restarts += 1;
      this.#set(slot, 'restarting', `${ended}; see ${join(this.#layout.logs, `${slot.component.name}.log`)}`);
      await sleep(systemClock, backoffSeconds(restartBackoff, slot.failures, systemRandom) * 1000);
    }
  }

  /** One life of a component; gives what ended it. */
  async #runOnce(slot: Slot): Promise<string> {
    this.#set(slot, 'starting');
    await slot.component.prepare?.();
    const child = this.#spawn(slot.component);
    const exit = exitOf(child);
    slot.process = identify(child.pid ?? -1);
    this.#set(slot, 'starting');
    const ended = exit.then((text) => ({ text }));
    const begun = systemClock.now();
    for (;;) {
      const { component, isBeside = false } = slot;
      const asked = isBeside ? component.probeBeside?.() : component.probe();
      const missing = await Promise.race([asked?.catch(messageOf), ended]);
      if (typeof missing === 'object') return missing.text;
      if (missing === undefined) break;
      if (missing !== slot.message) this.#set(slot, 'starting', missing);
      await sleep(systemClock, probeWaitMs(systemClock.now() - begun));
    }
    if (slot.component.provision !== undefined) {
      this.#set(slot, 'provisioning');
      try {
        await slot.component.provision();
      } catch (error) {
        if (slot.process !== undefined)
          await endProcess(slot.process, slot.component.stopSignal, slot.component.stopGraceMs);
        return `setting it up failed: ${messageOf(error)}`;
      }
    }
    this.#set(slot, 'ready');
    slot.readyOnce.resolve();
    return exit;
  }

  #spawn(component: Component): ChildProcess {
    const log = openLog(this.#layout, component.name);
    try {
      return spawn(component.command, component.args, {
        cwd: '/',
        env: { PATH: process.env.PATH ?? '', HOME: this.#layout.home, LANG: 'C.UTF-8', ...component.env },
        stdio: ['ignore', log, log],
        ...component.user,
      });
    } finally {
      closeSync(log);
    }
  }

  #set(slot: Slot, state: ComponentState, message?: string): void {
    slot.state = state;
    slot.message = message;
    slot.since = systemClock.now();
    if (state === 'stopped' || state === 'restarting') slot.process = undefined;
    this.#write();
  }

  #write(): void {
    const own = identify(process.pid);
    if (own === undefined) return;
    const components = this.#slots.map(statusOf);
    writeState(this.#layout, { supervisor: own, options: this.#options, build: this.#build, components });
  }
}

/** A component that stands by beside the one of its name. */
export interface Beside {
  /** What it lacks to take over; undefined when it can. */
  missing(): string | undefined;
  /** Ends the other and takes its place; `final` is what it is from then on, also when it is started again. */
  replace(final: Component): Promise<void>;
  end(): Promise<void>;
}

/** A component that took the place of another serves in it after at most so long, or is told as it is. Milliseconds. */
const placeWithinMs = 30_000;

interface Slot {
  component: Component;
  isBeside?: boolean;
  /** It is ended and not started again. */
  isRetired?: boolean;
  /** Resolved when it became ready for the first time, or when nothing is waited for any more. */
  readonly readyOnce: { readonly promise: Promise<void>; resolve(): void };
  state: ComponentState;
  restarts: number;
  failures: number;
  since: number;
  process?: ProcessIdentity | undefined;
  message?: string | undefined;
}

function newSlot(component: Component): Slot {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return {
    component,
    readyOnce: { promise, resolve: () => resolve() },
    state: 'waiting',
    restarts: 0,
    failures: 0,
    since: systemClock.now(),
  };
}

function statusOf(slot: Slot): ComponentStatus {
  return {
    name: slot.isBeside === true ? `${slot.component.name}@${slot.component.version ?? ''}` : slot.component.name,
    title: slot.component.title,
    ...(slot.component.version === undefined ? {} : { version: slot.component.version }),
    ...(slot.isBeside === true ? { beside: true as const } : {}),
    state: slot.state,
    restarts: slot.restarts,
    since: slot.since,
    ...(slot.process === undefined ? {} : { process: slot.process }),
    ...(slot.message === undefined ? {} : { message: slot.message }),
  };
}

/** A log past this size is set aside when its process starts; one older is kept. Bytes. */
const longestLog = 32 * 1024 * 1024;

function openLog(layout: Layout, name: string): number {
  mkdirSync(layout.logs, { recursive: true });
  const path = join(layout.logs, `${name}.log`);
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > longestLog) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `exited with code ${code}` : `was ended by ${signal}`),
    );
  });
}

/** The supervisor's last written state; undefined when none was ever written or it cannot be read. */
export function readState(layout: Layout): SupervisorState | undefined {
  try {
    return JSON.parse(readFileSync(layout.stateFile, 'utf8')) as SupervisorState;
  } catch {
    return undefined;
  }
}

function writeState(layout: Layout, state: SupervisorState): void {
  mkdirSync(layout.run, { recursive: true });
  const next = `${layout.stateFile}.${process.pid}`;
  writeFileSync(next, JSON.stringify(state, null, 2));
  renameSync(next, layout.stateFile);
}

/** Whether a supervisor of this installation lives. */
export function isRunning(state: SupervisorState | undefined): state is SupervisorState {
  return state !== undefined && isAlive(state.supervisor);
}

/** Ends processes that a supervisor which died left behind. */
export async function endLeftovers(layout: Layout): Promise<void> {
  const state = readState(layout);
  for (const component of [...(state?.components ?? [])].reverse()) {
    if (component.process !== undefined && isAlive(component.process)) {
      await endProcess(component.process, component.name === 'postgres' ? 'SIGINT' : 'SIGTERM', 10_000);
    }
  }
}
