import type { RunContext, RunResult, Runner, StateItem } from '@keelson/agent';
import { messageOf } from '@keelson/std';
import { take } from '../world/pace.js';
import type { Life } from '../world/server.life.js';
import type { InstalledSystem } from '../world/server.state.js';
import { clusterParams, isClusterItem, isPackagesItem, pkiOf } from './cluster-items.js';

/** Carries items out in the simulated world: they take their time, and those that make or join a cluster do so. */
export function simulatedRunner(life: Life, system: InstalledSystem): Runner {
  const { world, random } = life;
  return {
    async run(item, context) {
      await take(world, random, world.timings.items[item.runner] ?? fallbackSeconds, context.signal);
      try {
        return await carryOut(life, system, item, context);
      } catch (error) {
        return { exitCode: 1, message: `simulated: ${messageOf(error)}` };
      }
    },
  };
}

const fallbackSeconds = 20;

async function carryOut(
  { world, state }: Life,
  system: InstalledSystem,
  item: StateItem,
  context: RunContext,
): Promise<RunResult> {
  if (isPackagesItem(item)) await renewPackages({ world, state }, system, item);
  if (!isClusterItem(item)) return done(`${item.runner} item ${item.name} did nothing to a real host`);
  const params = clusterParams(item);
  const { role, host, port, clusterName, kubernetesVersion } = params;
  const member = { ...params.member, internalIP: params.member.internalIP ?? system.internalIP, kubernetesVersion };
  const request = { server: state.id, host, port, member };
  if (role !== 'init') {
    world.clusters.join(request);
    await world.saveServerNow(state.id);
    return done(`joined cluster ${clusterName} as ${member.role} ${member.node}`);
  }
  const pki = pkiOf(await context.readSecret(params.pkiSecret ?? ''));
  world.clusters.init({ ...request, name: clusterName, kubernetesVersion, pki });
  // An item that is done is never run again: what it made must survive the lab's process from here on.
  await world.saveServerNow(state.id);
  return done(`made cluster ${clusterName} as ${member.node}`);
}

/** Packages of another version than those a running system was set up with: their kernel runs from the next boot on. */
async function renewPackages(
  { world, state }: Pick<Life, 'world' | 'state'>,
  system: InstalledSystem,
  { version = '' }: StateItem,
): Promise<void> {
  if (system.packages === version) return;
  if (system.packages !== undefined) system.rebootWantedIn = state.bootId;
  system.packages = version;
  await world.saveServerNow(state.id);
}

function done(what: string): RunResult {
  return { exitCode: 0, message: `simulated: ${what}`, result: 'simulated' };
}
