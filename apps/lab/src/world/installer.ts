import { type Http, isFailure, messageOf, sleep, transient } from '@keelson/std';
import { type HostConfiguration, readConfigurationDrive } from './cloud-init.js';
import { take } from './pace.js';
import { type Reporter, reportOnce, reportUntilHeard } from './reports.js';
import type { Life } from './server.life.js';
import type { Stage } from './server.states.js';

/**
 * What the installer image does: reads the configuration drive, says that it has booted, and goes on to install unless
 * the disk already carries this very installation; then a restart with the CD still in the drive wipes nothing.
 */
export async function runInstaller(life: Life): Promise<Stage> {
  const { world, state, random, signal } = life;
  await take(world, random, world.timings.installerBoot, signal);
  const configuration = await configurationOf(life);
  if (configuration === undefined) return 'failed';
  life.configuration = configuration;
  await reportOnce(reporterOf(life, configuration), { phase: 'booted', bootId: state.bootId });
  return state.disk.system?.instanceId === configuration.instanceId ? 'installed' : 'installing';
}

/** Wipes and writes the disk, telling how far it is. */
export async function install(life: Life): Promise<Stage> {
  const { world, state, random, signal } = life;
  const configuration = life.configuration;
  // After a restart of the lab's process the drive must be read again.
  if (configuration === undefined) return 'installer';
  const reporter = reporterOf(life, configuration);
  wipe(life, configuration);
  for (const percent of [0, 25, 50, 75]) {
    await reportOnce(reporter, { phase: 'installing', percent, bootId: state.bootId });
    await take(world, random, world.timings.install / 4, signal);
    if (world.faults.holds('diskDies', state.id)) {
      const message = 'writing to Disk.Bay.0 failed: I/O error (simulated)';
      await reportUntilHeard(reporter, { phase: 'failed', message, bootId: state.bootId });
      return 'failed';
    }
  }
  state.disk.system = {
    instanceId: configuration.instanceId,
    image: state.media.Cd ?? 'unknown',
    hostname: configuration.hostname,
    internalIP: configuration.internalIP,
    agentJson: configuration.agentJson,
    installedAt: world.clock.now(),
  };
  return 'installed';
}

/** Reports until the service has it for sure, then restarts from disk. */
export async function reportInstalled(life: Life): Promise<Stage> {
  const { world, state, random, signal } = life;
  const configuration = life.configuration;
  if (configuration === undefined) return 'installer';
  await world.saveServerNow(state.id);
  await reportUntilHeard(reporterOf(life, configuration), { phase: 'installed', percent: 100, bootId: state.bootId });
  await take(world, random, secondsBeforeRestart, signal);
  return 'post';
}

const secondsBeforeRestart = 5;

/** The book has one wipe for each time an installation begins to write; going on after a restart of the lab is none. */
function wipe(life: Life, configuration: HostConfiguration): void {
  const { world, state } = life;
  const isResumed = life.isResumed && state.disk.writtenFor === configuration.instanceId;
  if (!isResumed) {
    world.ledger.record({
      at: world.clock.now(),
      server: state.id,
      action: 'wipe',
      key: configuration.instanceId,
      stage: state.stage,
    });
  }
  state.disk = { writtenFor: configuration.instanceId, system: undefined };
  world.clusters.forgetServer(state.id);
  world.noteServer(state.id);
}

/** Media on a network come and go: the installer tries for a while before it gives up. */
async function configurationOf(life: Life): Promise<HostConfiguration | undefined> {
  const { world, state, signal } = life;
  for (let attempt = 1; attempt <= mediaAttempts; attempt += 1) {
    try {
      await checkImage(life);
      return readConfigurationDrive(await fetchMedia(life, 'GET', state.media.ConfigCd));
    } catch (error) {
      if (signal.aborted) throw error;
      world.log.warn(`${state.id} (simulated): ${messageOf(error)}`, { server: state.id });
      if (isFailure(error, 'terminal')) return undefined;
      await sleep(world.clock, 10_000, signal);
    }
  }
  return undefined;
}

const mediaAttempts = 12;

async function checkImage(life: Life): Promise<void> {
  await fetchMedia(life, 'HEAD', life.state.media.Cd);
}

async function fetchMedia(
  { http, signal }: { http: Http; signal: AbortSignal },
  method: 'GET' | 'HEAD',
  url: string | undefined,
): Promise<Uint8Array> {
  if (url === undefined)
    throw transient(
      `a virtual drive is empty that the installer needs (${method === 'GET' ? 'configuration' : 'image'})`,
    );
  const response = await http({ method, url, timeoutMs: 30_000, signal, tls: { verify: false } });
  if (response.status !== 200) throw transient(`${url} answered ${response.status}`);
  return response.body;
}

function reporterOf({ world, state, http, random, signal }: Life, configuration: HostConfiguration): Reporter {
  return { world, http, random, server: state.id, configuration, signal };
}
