import { readFile } from 'node:fs/promises';
import { type EngineOptions, openEngine, postgresLog, serveEngine } from '@keelson/kube-server';
import { messageOf, systemClock, systemHttp, systemRandom } from '@keelson/std';
import { pinoLog } from '@keelson/std/pino';
import { kubeApiConfig } from './config.js';
import { countedLog, noWrites } from './counted-log.js';
import { definitionsIn } from './definitions.js';
import { oidcOptions } from './oidc.js';
import { openPatiently } from './open.js';
import { reportWrites } from './report.js';

/** The embedded Kubernetes API: an engine over a log in PostgreSQL behind TLS. It mends nothing while it runs: it ends and is started again. */
const config = kubeApiConfig(process.env);
const log = pinoLog({ level: config.KEELSON_KUBE_API_LOG_LEVEL, base: { service: 'kube-api' } });
const die = (error: unknown): never => {
  log.error(messageOf(error), error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {});
  process.exit(1);
};
process.on('uncaughtException', die);
process.on('unhandledRejection', die);

const text = (path: string): Promise<string> => readFile(path, 'utf8').catch(die);
const [url, authority, cert, key, serviceAccountKey] = await Promise.all([
  text(config.KEELSON_KUBE_API_POSTGRES_URL_FILE),
  text(config.KEELSON_KUBE_API_CA_FILE),
  text(config.KEELSON_KUBE_API_TLS_CERT_FILE),
  text(config.KEELSON_KUBE_API_TLS_KEY_FILE),
  text(config.KEELSON_KUBE_API_SERVICE_ACCOUNT_KEY_FILE),
]);
const issuerAuthority =
  config.KEELSON_KUBE_API_OIDC_CA_FILE === undefined ? undefined : await text(config.KEELSON_KUBE_API_OIDC_CA_FILE);
const oidc = oidcOptions(config, systemHttp, issuerAuthority);
const definitions =
  config.KEELSON_KUBE_API_DEFINITIONS === undefined
    ? []
    : await definitionsIn(config.KEELSON_KUBE_API_DEFINITIONS).catch(die);

const counts = noWrites();
const options: Omit<EngineOptions, 'log'> = {
  profile: 'management',
  clock: systemClock,
  random: systemRandom,
  logger: log,
  definitions,
  serviceAccountKey,
  authorization: 'RBAC',
  webhooks: { http: systemHttp },
  ...(oidc === undefined ? {} : { oidc }),
  onLost: (error) => die(`another process has become the writer of the objects, so this one ends: ${messageOf(error)}`),
};
const surroundings = { clock: systemClock, random: systemRandom, log };
const standby = config.KEELSON_KUBE_API_STANDBY === 'true';
const openLog = (): EngineOptions['log'] =>
  countedLog(postgresLog({ url: url.trim(), ca: authority, standby, ...surroundings }), counts);
const engine = await openPatiently(() => openEngine({ ...options, log: openLog() }), surroundings).catch(die);

const server = await serveEngine(engine, {
  host: config.KEELSON_KUBE_API_HOST,
  port: config.KEELSON_KUBE_API_PORT,
  tls: { cert, key, clientCa: authority },
  allowRemote: config.KEELSON_KUBE_API_EXPOSE === 'true',
  clock: systemClock,
  log,
}).catch(die);
log.info(
  `serving https://${config.KEELSON_KUBE_API_HOST}:${server.port}: an embedded Kubernetes API for one machine, not a kube-apiserver`,
  { revision: engine.registry.store.revision },
);
reportWrites({ counts, engine, clock: systemClock, log });

let isEnding = false;
const end = (signal: NodeJS.Signals): void => {
  if (isEnding) return;
  isEnding = true;
  log.info(`${signal}: ending`);
  systemClock.schedule(10_000, () => process.exit(0));
  void server
    .close()
    .then(() => engine.close())
    .then(() => process.exit(0), die);
};
process.on('SIGTERM', end);
process.on('SIGINT', end);
