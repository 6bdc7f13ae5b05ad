import { type Http, type Random, transient, uuid } from '@keelson/std';
import type { HostConfiguration } from './cloud-init.js';
import type { Hardware } from './hardware.js';
import { install, reportInstalled, runInstaller } from './installer.js';
import { runSystem } from './operating-system.js';
import { take } from './pace.js';
import type { ServerState } from './server.state.js';
import type { Stage } from './server.states.js';
import type { World } from './world.js';

/** One power cycle of a server, from its start until the signal aborts: power off, reset, or the end of the lab. */
export interface Life {
  readonly world: World;
  readonly hardware: Hardware;
  readonly state: ServerState;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** The network as this host has it: its faults included. */
  readonly http: Http;
  /** True when this cycle was under way already when the lab's process started. */
  readonly isResumed: boolean;
  configuration: HostConfiguration | undefined;
  /** Ends this life and begins the next with a self test, as an operating system does that restarts. */
  readonly restart: () => void;
}

/** What each stage does; it gives the next stage, or undefined to stay until somebody acts. */
export const stageWork: Record<Stage, (life: Life) => Promise<Stage | undefined>> = {
  off: async () => undefined,
  post: selfTest,
  noBootDevice: async () => undefined,
  installer: runInstaller,
  installing: install,
  installed: reportInstalled,
  failed: async () => undefined,
  osBoot: bootSystem,
  os: runSystem,
  stopping: shutDown,
};

/** Lives on from the state's stage until it stays somewhere. Ends quietly when the signal aborts. */
export async function live(life: Life, enter: (stage: Stage) => void): Promise<void> {
  for (;;) {
    let next: Stage | undefined;
    try {
      next = await stageWork[life.state.stage](life);
    } catch (error) {
      if (life.signal.aborted) return;
      throw error;
    }
    if (life.signal.aborted || next === undefined) return;
    if (next === 'post') return life.restart();
    enter(next);
  }
}

async function selfTest(life: Life): Promise<Stage | undefined> {
  const { world, state, random, signal } = life;
  if (world.faults.holds('postHang', state.id)) return undefined;
  await take(world, random, world.timings.post, signal);
  state.inventoried = true;
  const next = bootChoice(state);
  if (state.boot.enabled === 'Once') state.boot = { ...state.boot, target: 'None', enabled: 'Disabled' };
  return next;
}

/** The override if it can be followed, else the disk: as UEFI falls back along its boot order. */
export function bootChoice(state: ServerState): Stage {
  const isOverridden = state.boot.enabled !== 'Disabled';
  if (isOverridden && state.boot.target === 'Cd' && state.media.Cd !== undefined) return 'installer';
  return state.disk.system === undefined ? 'noBootDevice' : 'osBoot';
}

async function bootSystem({ world, random, signal }: Life): Promise<Stage> {
  await take(world, random, world.timings.osBoot, signal);
  return 'os';
}

async function shutDown({ world, random, signal }: Life): Promise<Stage> {
  await take(world, random, world.timings.shutdown, signal);
  return 'off';
}

/** The network between a host and the services, with this host's faults on it. */
export function hostHttp(world: World, server: string): Http {
  return async (request) => {
    if (world.faults.holds('neverCallsHome', server)) {
      throw transient(`${request.method} ${new URL(request.url).origin}: no route to host (simulated fault)`, {
        reason: 'Unreachable',
      });
    }
    return world.http(request);
  };
}

/** A new boot id for a new power cycle. */
export function beginCycle(state: ServerState, now: number, random: Random): void {
  state.bootId = uuid(random);
  state.bootedAt = now;
}
