import { realHost, realRunner, startAgent } from '@keelson/agent';
import { httpKubeApi } from '@keelson/kube';
import { messageOf, systemClock, systemHttp, systemRandom } from '@keelson/std';
import { pinoLog } from '@keelson/std/pino';
import { agentSettings } from './config.js';
import { readIdentity, saveToken } from './identity-file.js';

/** The agent on a real host: a system service that runs as root. Its one argument may be the path of agent.json. */
const settings = agentSettings(process.env, process.argv.slice(2));
const log = pinoLog({ level: settings.KEELSON_AGENT_LOG_LEVEL, base: { service: 'host-agent' } });
const die = (error: unknown): never => {
  log.error(messageOf(error));
  process.exit(1);
};
process.on('uncaughtException', die);
process.on('unhandledRejection', die);

const path = settings.KEELSON_AGENT_CONFIG;
const identity = await readIdentity(path).catch(die);
let token = identity.token;
const surroundings = { clock: systemClock, random: systemRandom, log };
const agent = startAgent({
  ...surroundings,
  config: identity,
  api: httpKubeApi({
    ...surroundings,
    server: identity.server,
    ...(identity.certificateAuthority === undefined ? {} : { certificateAuthority: identity.certificateAuthority }),
    token: () => token,
    userAgent: 'host-agent',
  }),
  runner: realRunner({ http: systemHttp, folder: settings.KEELSON_AGENT_DATA }),
  host: realHost({ clock: systemClock }),
  async saveToken(renewed) {
    token = renewed;
    await saveToken(path, renewed);
  },
});
log.info(`following LCMMachine ${identity.namespace}/${identity.machine} at ${identity.server}`);

let isEnding = false;
const end = (signal: NodeJS.Signals): void => {
  if (isEnding) return;
  isEnding = true;
  log.info(`${signal}: ending; an item that was running starts anew next time`);
  // What does not end by itself has a process group of its own that was killed already.
  systemClock.schedule(10_000, () => process.exit(0));
  void agent.stop().then(() => process.exit(0));
};
process.on('SIGTERM', end);
process.on('SIGINT', end);
