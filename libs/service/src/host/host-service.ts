import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Bus, natsBus } from '@keelson/bus';
import { httpKubeApi, type KubeApi, serviceHttp } from '@keelson/kube';
import { createManager } from '@keelson/reconcile';
import {
  type Clock,
  type Http,
  type Log,
  messageOf,
  type Random,
  systemClock,
  systemHttp,
  systemRandom,
  terminal,
} from '@keelson/std';
import { databaseName, type PostgresRecords, postgresRecords } from '@keelson/store';
import type { Service, ServiceContext, ServiceDefinition } from '../definition.js';
import { serveGrpc } from '../grpc/server.js';
import { healthRoutes } from '../http/health.js';
import { operationsRoutes } from '../http/operations-routes.js';
import { type RunningServer, serveHttp } from '../http/server.js';
import { bearerCheck } from '../http/token.js';
import { type Operations, operationsOf } from '../operations.js';
import { pinoLog } from '../log/pino-log.js';
import { reconcileMetrics } from '../metrics/reconcile-metrics.js';
import { metricsRoute, serviceRegistry } from '../metrics/registry.js';
import { showGauges } from '../metrics/service-gauges.js';
import { type CommonSettings, type Environment, readSettings } from '../settings/settings.js';
import { openTelemetryTrace } from '../trace/context.js';
import { openTelemetrySpans } from '../trace/spans.js';
import { readiness } from './readiness.js';
import { serve, type Serving } from './serving.js';
import { Start } from './start.js';
import { stopInOrder } from './stop.js';

/** A service that runs in this process. */
export interface HostedService {
  readonly name: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Resolves once it was ready for the first time; rejects when it cannot start for good. */
  readonly ready: Promise<void>;
  /** What it lacks now; empty when it is ready. */
  lacks(): Promise<readonly string[]>;
  /** Ends it in order: no new work, work at hand, answers, then the connections. */
  stop(): Promise<void>;
}

/** Time and chance of the host; the machine's own unless given. */
export interface HostWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
}

/**
 * Runs a service in this process on its real surroundings. Resolves once its ports are open; whatever outside is away then
 * (the Kubernetes API, NATS, PostgreSQL) is tried until it comes, and `/readyz` names it. One that stands by has its ports later.
 *
 * @throws Failure terminal when a setting is wrong, a file cannot be read or PostgreSQL refuses for good; Error when a port is taken
 */
export async function hostService<C>(
  definition: ServiceDefinition<C>,
  environment: Environment,
  world: HostWorld = { clock: systemClock, random: systemRandom },
): Promise<HostedService> {
  const { common, own } = readSettings(definition, environment);
  const log = world.log ?? pinoLog(definition.name, common.KEELSON_LOG_LEVEL);
  const files = readFiles(common);
  const outside = await connectOutside(definition.name, common, files, { ...world, log });
  const registry = serviceRegistry(definition.name);
  const metrics = reconcileMetrics(registry);
  const service = definition.create({
    ...outside,
    ...world,
    config: own,
    log,
    http: systemHttp,
    spans: openTelemetrySpans(definition.name),
    clusterMetrics: metrics,
  });
  showGauges(registry, service.gauges ?? []);
  let lead: () => void = () => undefined;
  const mayLead = new Promise<void>((resolve) => (lead = resolve));
  const manager = createManager({
    service: definition.name,
    reconcilers: service.reconcilers,
    ...outside,
    ...world,
    log,
    metrics,
    leaderElection: common.KEELSON_LEADER_ELECTION,
    identity: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    ...(common.KEELSON_STANDBY_PORT === undefined ? {} : { mayLead }),
  });
  const start = new Start({ service, manager, askApi: () => askFor(outside.api, service), ...world, log });
  const lacks = readiness(
    {
      started: () => start.lacks(),
      busConnected: () => outside.bus.connected(),
      pingRecords: () => outside.records.ping(),
      managerLacks: () => manager.lacks(),
    },
    world.clock,
  );
  const { http, grpc, hasPorts } = await openServers(common, files, {
    name: definition.name,
    service,
    operations: operationsOf(manager, service.elsewhere),
    registry,
    lacks,
    clock: world.clock,
    log,
  });
  const leading = hasPorts.then((has) => {
    if (!has) return;
    log.info('listening', { http: http.port, grpc: grpc.port });
    lead();
  });
  return {
    name: definition.name,
    httpPort: http.port,
    grpcPort: grpc.port,
    ready: Promise.all([start.run(), leading]).then(() => undefined),
    lacks,
    stop: () => stopInOrder({ start, http, grpc, ...outside, log }),
  };
}

interface Served {
  readonly name: string;
  readonly service: Service;
  readonly operations: Operations;
  readonly registry: ReturnType<typeof serviceRegistry>;
  readonly lacks: () => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly log: Log;
}

/** HTTPS with the routes of all services and its own, gRPC, and where it is to stand by its health beside them. */
function openServers(common: CommonSettings, files: Files, served: Served): Promise<Serving> {
  const { name, service, operations, registry, lacks, clock, log } = served;
  const { KEELSON_HOST: host, KEELSON_STANDBY_PORT: standby } = common;
  const tls = { cert: files.cert, key: files.key, clientCa: files.ca };
  const listener = { host, tls, admits: bearerCheck(files.apiToken), log };
  const health = healthRoutes(name, lacks);
  const routes = [...health, metricsRoute(registry), ...operationsRoutes(operations), ...(service.routes ?? [])];
  const http = (port: number): Promise<RunningServer> =>
    serveHttp({ ...listener, port, routes, modules: service.modules ?? [] });
  const grpc = (port: number): Promise<RunningServer> => serveGrpc({ ...listener, port, operations, lacks, clock });
  return serve({
    host,
    http: { number: common.KEELSON_HTTP_PORT, open: () => http(common.KEELSON_HTTP_PORT) },
    grpc: { number: common.KEELSON_GRPC_PORT, open: () => grpc(common.KEELSON_GRPC_PORT) },
    ...(standby === undefined
      ? {}
      : { standby: () => serveHttp({ ...listener, port: standby, routes: health, modules: [] }) }),
    isReady: async () => (await lacks()).length === 0,
    clock,
  });
}

/** The first kind of the service, by a name nobody has: small, and refused when the service may not see its kinds. */
async function askFor(api: KubeApi, { reconcilers }: Service): Promise<unknown> {
  const [first] = reconcilers;
  return first === undefined ? undefined : api.list(first.kind, { fieldSelector: 'metadata.name=-' });
}

interface Files {
  readonly kubeconfig: string;
  readonly natsSeed: string;
  readonly postgresUrl: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly apiToken: string;
}

function readFiles(common: CommonSettings): Files {
  return {
    kubeconfig: textOf('KEELSON_KUBECONFIG', common),
    natsSeed: textOf('KEELSON_NATS_SEED_FILE', common).trim(),
    postgresUrl: textOf('KEELSON_POSTGRES_URL_FILE', common).trim(),
    ca: textOf('KEELSON_CA_FILE', common),
    cert: textOf('KEELSON_TLS_CERT_FILE', common),
    key: textOf('KEELSON_TLS_KEY_FILE', common),
    apiToken: textOf('KEELSON_API_TOKEN_FILE', common).trim(),
  };
}

type FileSetting = 'KEELSON_KUBECONFIG' | Extract<keyof CommonSettings, `${string}_FILE`>;

function textOf(name: FileSetting, common: CommonSettings): string {
  try {
    return readFileSync(common[name], 'utf8');
  } catch (cause) {
    throw terminal(`the file that ${name} names cannot be read: ${messageOf(cause)}`, { cause, reason: 'BadSettings' });
  }
}

interface Outside {
  readonly api: KubeApi;
  readonly bus: Bus;
  readonly records: PostgresRecords;
  readonly connect: ServiceContext<unknown>['connect'];
  readonly connectServices: ServiceContext<unknown>['connectServices'];
}

/** Clients of everything outside. Those that are away connect later by themselves. */
async function connectOutside(
  service: string,
  common: CommonSettings,
  files: Files,
  world: Required<HostWorld>,
): Promise<Outside> {
  const connect = (kubeconfig: string): KubeApi =>
    httpKubeApi({ kubeconfig, ...world, userAgent: `keelson/${service}` });
  const connectServices = (kubeconfig: string): Http =>
    serviceHttp({ kubeconfig, ...world, userAgent: `keelson/${service}` });
  const [bus, records] = await Promise.all([
    natsBus({
      service,
      ...world,
      servers: common.KEELSON_NATS_URL.split(','),
      credentials: { nkeySeed: files.natsSeed },
      tls: { ca: files.ca },
      trace: openTelemetryTrace,
    }),
    postgresRecords({ url: files.postgresUrl, schema: databaseName(service), service, ca: files.ca, ...world }),
  ]);
  return { api: connect(files.kubeconfig), bus, records, connect, connectServices };
}
