import { realHost, realRunner, realUpdater, startAgent } from '@keelson/agent';
import { httpKubeApi } from '@keelson/kube';
import { messageOf, systemClock, systemHttp, systemRandom } from '@keelson/std';
import { pinoLog } from '@keelson/std/pino';
import { agentSettings } from './config.js';
import { readIdentity, saveToken } from './identity-file.js';
import { runLauncher } from './launcher.js';

/**
 * The agent on a real host: a system service that runs as root. Its one argument may be the path of agent.json. Started by
 * hand or by the system it is the launcher, which starts this program again, or that of a newer release, as the agent.
 */
const settings = agentSettings(process.env, process.argv.slice(2));
const log = pinoLog({ level: settings.KEELSON_AGENT_LOG_LEVEL, base: { service: 'host-agent' } });
const die = (error: unknown): never => {
  log.error(messageOf(error));
  process.exit(1);
};
process.on('uncaughtException', die);
process.on('unhandledRejection', die);

const ending = new AbortController();
const end = (why: string): void => {
  if (ending.signal.aborted) return;
  log.info(`${why}: ending; an item that was running starts anew next time`);
  // What does not end by itself has a process group of its own that was killed already.
  systemClock.schedule(15_000, () => process.exit(0));
  ending.abort(new Error(why));
};
process.on('SIGTERM', end);
process.on('SIGINT', end);

if (process.send === undefined) {
  await runLauncher({
    settings,
    log,
    signal: ending.signal,
    installed: { file: process.execPath, args: process.argv.slice(1) },
    environment: {
      ...Object.fromEntries(
        Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
      KEELSON_AGENT_CONFIG: settings.KEELSON_AGENT_CONFIG,
    },
  });
  process.exit(0);
}

// An agent without its launcher would stay when another one is started.
process.on('disconnect', () => end('the launcher is gone'));
const path = settings.KEELSON_AGENT_CONFIG;
const identity = await readIdentity(path).catch(die);
let token = identity.token;
const surroundings = { clock: systemClock, random: systemRandom, log };
const agent = startAgent({
  ...surroundings,
  config: identity,
  ...(settings.KEELSON_AGENT_VERSION === undefined ? {} : { version: settings.KEELSON_AGENT_VERSION }),
  api: httpKubeApi({
    ...surroundings,
    server: identity.server,
    ...(identity.certificateAuthority === undefined ? {} : { certificateAuthority: identity.certificateAuthority }),
    token: () => token,
    userAgent: 'host-agent',
  }),
  runner: realRunner({ http: systemHttp, folder: settings.KEELSON_AGENT_DATA }),
  host: realHost({ clock: systemClock }),
  updater: realUpdater({
    http: systemHttp,
    folder: settings.KEELSON_AGENT_BUNDLES,
    refused: settings.KEELSON_AGENT_REFUSED,
    send: (word) => void process.send?.(word),
  }),
  async saveToken(renewed) {
    token = renewed;
    await saveToken(path, renewed);
  },
});
log.info(`following LCMMachine ${identity.namespace}/${identity.machine} at ${identity.server}`);
ending.signal.addEventListener('abort', () => void agent.stop().then(() => process.exit(0)), { once: true });
