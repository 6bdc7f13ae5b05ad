import type { RunContext, RunResult, Runner, StateItem } from '@keelson/agent';
import { messageOf } from '@keelson/std';
import { take } from '../world/pace.js';
import type { Life } from '../world/server.life.js';
import type { InstalledSystem } from '../world/server.state.js';
import { clusterActionOf, clusterParams, pkiOf } from './cluster-items.js';

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

async function carryOut({ world, state }: Life, system: InstalledSystem, item: StateItem, context: RunContext): Promise<RunResult> {
  const action = clusterActionOf(item);
  if (action === 'none') return { exitCode: 0, message: `simulated: ${item.runner} item ${item.name} did nothing to a real host`, result: 'simulated' };
  const params = clusterParams(item);
  const request = { server: state.id, host: params.host, port: params.port, member: { ...params.member, internalIP: system.internalIP } };
  if (action === 'join') {
    world.clusters.join(request);
    return { exitCode: 0, message: `simulated: joined cluster ${params.clusterName} as ${params.member.node}`, result: 'simulated' };
  }
  if (params.pkiSecret === undefined) return { exitCode: 2, message: `simulated: item ${item.name} needs the param secretName` };
  const pki = pkiOf(await context.readSecret(params.pkiSecret));
  world.clusters.init({ ...request, name: params.clusterName, kubernetesVersion: params.kubernetesVersion, pki });
  return { exitCode: 0, message: `simulated: made cluster ${params.clusterName} as ${params.member.node}`, result: 'simulated' };
}
