import {
  type AgentProcess,
  type LaunchOptions,
  type StartContext,
  type Updater,
  type WantedAgent,
  agentVersion,
} from '@keelson/agent';
import { terminal } from '@keelson/std';
import { take } from './pace.js';
import type { Life } from './server.life.js';
import type { InstalledSystem } from './server.state.js';

/** Host agents as processes of a simulated host: fetched from nowhere, started in this process, with the lab's faults. */

/** What the launcher of a host has on its disk; a fresh image brings the agent of this code. */
export function bundlesOn(life: Life, system: InstalledSystem) {
  return {
    read: async () => system.agentBundles ?? { current: { version: agentVersion } },
    async write(bundles: NonNullable<InstalledSystem['agentBundles']>): Promise<void> {
      // A host without power writes nothing.
      if (life.signal.aborted) return;
      system.agentBundles = bundles;
      await life.world.saveServerNow(life.state.id);
    },
  };
}

/** The agent that the installation names is fetched before any is started. */
export function bringing(life: Life, wanted: WantedAgent | undefined): LaunchOptions['bring'] {
  if (wanted === undefined) return undefined;
  return async (signal) => {
    await fetchBundle(life, wanted, signal);
    return { version: wanted.version, sha256: wanted.sha256 };
  };
}

async function fetchBundle(
  { world, state, random }: Life,
  { downloadURL, sha256 }: WantedAgent,
  signal: AbortSignal,
): Promise<void> {
  await take(world, random, world.timings.items['downloader'] ?? 15, signal);
  if (world.faults.holds('agentBundleWrong', state.id))
    throw terminal(`${downloadURL} has another digest than ${sha256} (simulated fault)`, { reason: 'WrongDigest' });
}

export function simulatedUpdater(life: Life, { refused, hear }: StartContext): Updater {
  return {
    refused,
    fetch: (wanted, signal) => fetchBundle(life, wanted, signal),
    handOver: ({ version, sha256 }) => hear({ type: 'handOver', bundle: { version, sha256 } }),
    works: () => hear({ type: 'works' }),
  };
}

/** An agent that is started and does nothing at all. */
export const deadProcess: AgentProcess = { ended: new Promise(() => undefined), stop: async () => undefined };
