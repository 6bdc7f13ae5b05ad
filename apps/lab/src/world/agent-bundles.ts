import { type AgentProcess, type StartContext, type Updater, agentVersion } from '@keelson/agent';
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

export function simulatedUpdater({ world, state, random }: Life, { refused, hear }: StartContext): Updater {
  return {
    refused,
    async fetch({ downloadURL, sha256 }, signal) {
      await take(world, random, world.timings.items['downloader'] ?? 15, signal);
      if (world.faults.holds('agentBundleWrong', state.id))
        throw terminal(`${downloadURL} has another digest than ${sha256} (simulated fault)`, { reason: 'WrongDigest' });
    },
    handOver: ({ version, sha256 }) => hear({ type: 'handOver', bundle: { version, sha256 } }),
    works: () => hear({ type: 'works' }),
  };
}

/** An agent that is started and does nothing at all. */
export const deadProcess: AgentProcess = { ended: new Promise(() => undefined), stop: async () => undefined };
