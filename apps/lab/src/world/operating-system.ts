import {
  type Agent,
  type AgentConfig,
  type AgentOptions,
  type AgentProcess,
  type Bundle,
  type StartContext,
  launch,
  startAgent,
} from '@keelson/agent';
import { type KubeApi, switchableApi } from '@keelson/kube';
import { logWith, messageOf } from '@keelson/std';
import { simulatedRunner } from '../runner/simulated-runner.js';
import { bringing, bundlesOn, deadProcess, simulatedUpdater } from './agent-bundles.js';
import { cuttableApi } from './network.js';
import type { Life } from './server.life.js';
import type { InstalledSystem } from './server.state.js';
import type { Stage } from './server.states.js';

/** A running system: the node it may be and the host agent, until the power goes or it restarts. */
export async function runSystem(life: Life): Promise<Stage | undefined> {
  const { world, state, signal } = life;
  const system = state.disk.system;
  if (system === undefined) return 'post';
  world.clusters.hostUp(state.id);
  // A host without power does not wait for its processes.
  void launchAgent(life, system);
  await aborted(signal);
  world.clusters.hostDown(state.id);
  return undefined;
}

/** The real launcher with simulated processes; it does nothing when the disk has no configuration for an agent. */
async function launchAgent(life: Life, system: InstalledSystem): Promise<void> {
  const { world, state, signal } = life;
  const config = configOf(life, system);
  if (config === undefined) return;
  await launch({
    clock: world.clock,
    log: logWith(world.log, { server: state.id }),
    signal,
    ...bundlesOn(life, system),
    bring: bringing(life, config.agent),
    start: (bundle, context) => agentProcess(life, system, bundle, context),
  });
}

function agentProcess(life: Life, system: InstalledSystem, bundle: Bundle, context: StartContext): AgentProcess {
  const { world, state } = life;
  const config = configOf(life, system);
  if (config === undefined || (context.isCandidate && world.faults.holds('agentBundleDead', state.id)))
    return deadProcess;
  const agent = agentOf(life, system, config, {
    version: bundle.version,
    updater: simulatedUpdater(life, context),
  });
  return { ended: new Promise(() => undefined), stop: () => agent.stop() };
}

/** The real agent's code with the simulated runner. */
function agentOf(
  life: Life,
  system: InstalledSystem,
  config: AgentConfig,
  bundle: Pick<AgentOptions, 'version' | 'updater'>,
): Agent {
  const { world, hardware, state, random } = life;
  const link = {
    isCut: () => world.faults.holds('agentNetworkLost', state.id),
    subscribe: (listener: () => void) => world.faults.subscribe(listener),
  };
  const connect = (identity: AgentConfig): KubeApi => cuttableApi(world.kube(identity), link);
  const network = switchableApi(connect(config));
  return startAgent({
    ...bundle,
    config,
    api: network.api,
    runner: simulatedRunner(life, system),
    host: {
      info: () => ({
        addresses: [
          ...(system.internalIP === undefined ? [] : [{ type: 'InternalIP', address: system.internalIP } as const]),
          { type: 'Hostname', address: system.hostname },
        ],
        bootedAt: state.bootedAt,
        details: {
          simulated: 'this host is simulated by the Keelson lab',
          architecture: 'x86_64',
          model: hardware.model,
          serialNumber: hardware.serialNumber,
          cpu: { count: hardware.sockets * hardware.processor.cores, model: hardware.processor.model },
          memoryMebibytes: hardware.memoryGibibytes * 1024,
          bootID: state.bootId,
          rebootRequired: system.rebootWantedIn === state.bootId,
        },
      }),
      async reboot() {
        life.restart();
      },
    },
    clock: world.clock,
    random,
    log: logWith(world.log, { server: state.id, machine: `${config.namespace}/${config.machine}` }),
    async saveToken(token) {
      const renewed = { ...config, token };
      system.agentJson = JSON.stringify(renewed);
      network.use(connect(renewed));
      await world.saveServerNow(state.id);
    },
  });
}

function configOf({ world, state }: Life, system: InstalledSystem): AgentConfig | undefined {
  if (system.agentJson === undefined) return undefined;
  try {
    return parseAgentConfig(system.agentJson);
  } catch (error) {
    world.log.warn(`${state.id} (simulated): /etc/keelson/agent.json cannot be used: ${messageOf(error)}`, {
      server: state.id,
    });
    return undefined;
  }
}

/** Reads `/etc/keelson/agent.json`. */
export function parseAgentConfig(text: string): AgentConfig {
  const value: unknown = JSON.parse(text);
  const required = (name: string): string => requiredIn(value, name);
  const authority = memberOf(value, 'certificateAuthority');
  const agent = memberOf(value, 'agent');
  return {
    server: required('server'),
    token: required('token'),
    namespace: required('namespace'),
    machine: required('machine'),
    ...(typeof authority === 'string' && authority !== '' ? { certificateAuthority: authority } : {}),
    ...(agent === undefined
      ? {}
      : {
          agent: {
            version: requiredIn(agent, 'version'),
            downloadURL: requiredIn(agent, 'downloadURL'),
            sha256: requiredIn(agent, 'sha256'),
          },
        }),
  };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function requiredIn(value: unknown, name: string): string {
  const found = memberOf(value, name);
  if (typeof found !== 'string' || found === '') throw new TypeError(`it has no ${name}`);
  return found;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
