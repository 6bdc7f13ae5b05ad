import type { AgentConfig } from '@keelson/agent';
import { natsBus } from '@keelson/bus';
import { type KubeApi, httpKubeApi } from '@keelson/kube';
import { serveEngine } from '@keelson/kube-server';
import { messageOf, systemClock, systemHttp, systemRandom } from '@keelson/std';
import { pinoLog } from '@keelson/std/pino';
import { engineChildApi } from './clusters/engine-child-api.js';
import { labConfig } from './config.js';
import { controlHandler } from './control/control.js';
import { createLab } from './lab.js';
import { listen } from './listen/https.js';
import { controlToken, redfishCertificate } from './process/secrets.js';
import { fileStore } from './snapshot/file-store.js';
import { natsAddress } from './process/nats.js';
import { standInForAbsent } from './stand-ins/stand-ins.js';

/** The lab as a process: simulated servers and clusters behind real sockets. It runs on the machine's own clock; only the physical world is faster. */
const config = labConfig(process.env);
const log = pinoLog({ level: config.KEELSON_LAB_LOG_LEVEL, base: { service: 'lab', simulated: true } });
const die = (error: unknown): never => {
  log.error(messageOf(error), error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {});
  process.exit(1);
};
process.on('uncaughtException', die);
process.on('unhandledRejection', die);

const surroundings = { clock: systemClock, random: systemRandom, log };

const noPodLog = 'simulated by the Keelson lab: no container runs, so there is nothing it could have said\n';

/** Each agent comes with its own token; connections are shared by all that trust the same authority. */
function managementApi({ server, certificateAuthority, token }: AgentConfig): KubeApi {
  return httpKubeApi({
    ...surroundings,
    server,
    token,
    userAgent: 'host-agent',
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
  });
}

const [certificate, token] = await Promise.all([redfishCertificate(config, systemClock), controlToken(config)]).catch(
  die,
);
const lab = await createLab({
  ...surroundings,
  seed: config.KEELSON_LAB_SEED,
  servers: config.KEELSON_LAB_SERVERS,
  factor: config.KEELSON_LAB_FACTOR,
  openstackServers: config.KEELSON_LAB_OPENSTACK_SERVERS,
  timings: config.KEELSON_LAB_TIMINGS,
  username: config.KEELSON_LAB_BMC_USER,
  password: config.KEELSON_LAB_BMC_PASSWORD,
  http: systemHttp,
  kube: managementApi,
  makeChildApi: engineChildApi({
    webhookHttp: systemHttp,
    ...surroundings,
    serve: (engine, options) => serveEngine(engine, { ...options, podLog: () => noPodLog }),
  }),
  listens: true,
  store: fileStore(config.KEELSON_LAB_DATA),
}).catch(die);

const host = config.KEELSON_LAB_HOST;
const redfish = await listen({
  host,
  port: config.KEELSON_LAB_REDFISH_PORT,
  certificate,
  handler: (request) => lab.redfish.handle(request),
}).catch(die);
const control = await listen({
  host: '127.0.0.1',
  port: config.KEELSON_LAB_CONTROL_PORT,
  handler: controlHandler({ lab, clock: systemClock, token }),
}).catch(die);
log.info(
  `simulating ${lab.servers.size} servers, ${config.KEELSON_LAB_FACTOR} times faster than life: nothing here is real hardware`,
  {
    redfish: `https://${host}:${redfish.port}/redfish/v1`,
    control: `http://127.0.0.1:${control.port}`,
    seed: config.KEELSON_LAB_SEED,
  },
);

const nats = await natsAddress(config).catch(die);
const bus = nats === undefined ? undefined : await natsBus({ ...nats, ...surroundings, service: 'lab' }).catch(die);
if (bus !== undefined) await standInForAbsent(bus, { ...surroundings, pace: lab.pace, faults: lab.faults }).catch(die);

let isEnding = false;
const end = (signal: NodeJS.Signals): void => {
  if (isEnding) return;
  isEnding = true;
  log.info(`${signal}: ending; power and disks stay as they are`);
  systemClock.schedule(15_000, () => process.exit(0));
  void Promise.all([redfish.close(), control.close(), bus?.close()])
    .then(() => lab.stop())
    .then(() => process.exit(0), die);
};
process.on('SIGTERM', end);
process.on('SIGINT', end);
