import { join } from 'node:path';
import { provisionDatabase } from '@keelson/store';
import type { Component, EmbeddedOptions, Workload } from './supervision/component.js';
import { Credentials } from './credentials/credentials.js';
import type { Layout } from './layout.js';
import { embeddedApi } from './management/embedded-api.js';
import { foreignApi } from './management/foreign-api.js';
import { type ManagementApi, managementName } from './management/management-api.js';
import { natsComponent } from './nats.js';
import { nodeProgram } from './supervision/node-program.js';
import { choosePorts, freePort, type Ports } from './ports.js';
import { postgresComponent } from './postgres.js';
import { probeReady } from './probe-https.js';
import { type EmbeddedService, embeddedServices } from './services.js';
import { RolledVersions, rootOf, versionOf } from './deployments/versions.js';

/** What the builders of components share. */
interface Surroundings {
  readonly layout: Layout;
  readonly options: EmbeddedOptions;
  readonly ports: Ports;
  readonly credentials: Credentials;
  readonly management: ManagementApi;
}

/** Everything that runs on a single machine, and what of it is told by Deployments. */
export interface EmbeddedParts {
  /** In the order in which they are told to people and, backwards, ended. */
  readonly components: readonly Component[];
  readonly workloads: readonly Workload[];
}

/**
 * The parts of this installation. What does not need another part to be there begins at once: each program waits for its
 * database or API by itself. A service that was rolled to another version begins with that, where it still lies here.
 */
export async function embeddedParts(layout: Layout, options: EmbeddedOptions): Promise<EmbeddedParts> {
  const ports = choosePorts();
  const credentials = new Credentials(layout, ports);
  const management =
    options.kubeconfig === undefined
      ? embeddedApi(layout, ports.kubeApi, credentials)
      : foreignApi(layout, options.kubeconfig);
  const surroundings: Surroundings = { layout, options, ports, credentials, management };
  const services = embeddedServices(ports, credentials.authority.certFile, management);
  const workloads = options.processes
    ? services.map((service) => serviceWorkload(surroundings, service))
    : [devhostWorkload(surroundings, services)];
  const components = [
    postgres(surroundings, services),
    natsComponent(layout, ports.nats, credentials),
    management.component(workloads),
    labComponent(surroundings),
    ...(await Promise.all(workloads.map((workload) => firstComponent(layout, workload)))),
  ];
  return { components, workloads };
}

function firstComponent(layout: Layout, workload: Workload): Promise<Component> {
  const rolled = new RolledVersions(layout).of(workload.component);
  const root = rolled === undefined ? undefined : rootOf(layout, rolled);
  return rolled === undefined || root === undefined
    ? workload.componentOf(versionOf(layout.root), layout.root, false)
    : workload.componentOf(rolled, root, false);
}

function postgres({ layout, ports, credentials }: Surroundings, services: readonly EmbeddedService[]): Component {
  const roles = [managementName, ...services.map(({ name }) => name)];
  const ca = credentials.authority.certPem;
  return postgresComponent({
    layout,
    port: ports.postgres,
    password: credentials.postgresPassword,
    caFile: credentials.authority.certFile,
    caPem: ca,
    certificate: credentials.certificate('postgres'),
    provision: (adminUrl) =>
      provisionDatabase(
        adminUrl,
        roles.map((service) => ({ service, password: credentials.database(service).databasePassword })),
        { ca },
      ),
  });
}

/** Simulated: servers, their BMCs, hosts and clusters, and what services answer that are not here yet. All else is real. */
function labComponent({ layout, options, ports, credentials }: Surroundings): Component {
  return {
    ...nodeProgram(join(layout.root, 'apps/lab/dist/main.js')),
    name: 'lab',
    title: 'Lab (simulated servers)',
    after: [],
    env: {
      KEELSON_LAB_SEED: options.seed,
      KEELSON_LAB_SERVERS: String(options.servers),
      KEELSON_LAB_FACTOR: String(options.labSpeed),
      KEELSON_LAB_DATA: join(layout.home, 'lab'),
      KEELSON_LAB_REDFISH_PORT: String(ports.redfish),
      KEELSON_LAB_CONTROL_PORT: String(ports.labControl),
      KEELSON_LAB_CONTROL_TOKEN_FILE: credentials.labTokenFile,
      KEELSON_LAB_NATS_URL: `tls://127.0.0.1:${ports.nats}`,
      KEELSON_LAB_NATS_SEED_FILE: credentials.nats('lab').natsSeedFile,
      KEELSON_LAB_NATS_CA_FILE: credentials.authority.certFile,
      ...(process.env.KEELSON_LAB_TIMINGS === undefined
        ? {}
        : { KEELSON_LAB_TIMINGS: process.env.KEELSON_LAB_TIMINGS }),
    },
    probe: () => probeReady(`http://127.0.0.1:${ports.labControl}/healthz`, undefined),
  };
}

/** A service in a process of its own. */
function serviceWorkload(surroundings: Surroundings, service: EmbeddedService): Workload {
  const { name } = service;
  return {
    deployment: name,
    services: [name],
    component: name,
    componentOf: async (version, root, beside) => ({
      ...nodeProgram(join(root, `apps/${name}/dist/main.js`)),
      ...(await hosting(surroundings, [service], beside)),
      name,
      title: name,
      version,
    }),
  };
}

/** All services in one process; what differs between them is set by `<SERVICE>__<NAME>`. */
function devhostWorkload(surroundings: Surroundings, services: readonly EmbeddedService[]): Workload {
  return {
    deployment: 'keelson',
    services: services.map(({ name }) => name),
    component: 'services',
    componentOf: async (version, root, beside) => ({
      ...nodeProgram(join(root, 'worlds/devhost/dist/main.js')),
      ...(await hosting(surroundings, services, beside)),
      name: 'services',
      title: 'Services',
      version,
    }),
  };
}

/** What a process that hosts services is given. Beside another of its kind it tells its health on ports of its own. */
async function hosting(
  surroundings: Surroundings,
  services: readonly EmbeddedService[],
  beside: boolean,
): Promise<Pick<Component, 'after' | 'env' | 'probe' | 'probeBeside'>> {
  const hosted = await Promise.all(
    services.map(async (service) => ({ service, standby: beside ? await freePort() : undefined })),
  );
  const settings = hosted.flatMap(({ service, standby }) =>
    Object.entries({
      ...serviceEnvironment(surroundings, service),
      ...(standby === undefined ? {} : { KEELSON_STANDBY_PORT: String(standby) }),
    }).map(([name, value]): [string, string] => [`${prefixOf(service)}${name}`, value]),
  );
  const ca = surroundings.credentials.authority.certPem;
  const probe = async (portOf: (each: (typeof hosted)[number]) => number): Promise<string | undefined> => {
    const lacks = await Promise.all(hosted.map((each) => probeReady(readyUrl(portOf(each)), ca)));
    const told = hosted.flatMap(({ service }, i) =>
      lacks[i] === undefined ? [] : [hosted.length === 1 ? lacks[i] : `${service.name}: ${lacks[i]}`],
    );
    return told.length === 0 ? undefined : told.join(', ');
  };
  return {
    after: ['postgres'],
    env: { ...commonEnvironment(surroundings), ...Object.fromEntries(settings) },
    probe: () => probe(({ service }) => service.httpPort),
    ...(beside ? { probeBeside: () => probe(({ standby, service }) => standby ?? service.httpPort) } : {}),
  };
}

const prefixOf = ({ name }: EmbeddedService): string => `${name.toUpperCase().replaceAll('-', '_')}__`;

function readyUrl(port: number): string {
  return `https://127.0.0.1:${port}/readyz`;
}

function commonEnvironment({ ports, credentials }: Surroundings): Record<string, string> {
  return {
    KEELSON_NATS_URL: `tls://127.0.0.1:${ports.nats}`,
    KEELSON_CA_FILE: credentials.authority.certFile,
    KEELSON_HOST: '127.0.0.1',
    KEELSON_API_TOKEN_FILE: credentials.apiTokenFile,
    KEELSON_LOG_LEVEL: process.env.KEELSON_LOG_LEVEL ?? 'info',
    KEELSON_LEADER_ELECTION: 'false',
    ...telemetryOf(process.env),
  };
}

/** Where traces go and how is OpenTelemetry's own to say: its variables are handed on as they are. */
export function telemetryOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      name.startsWith('OTEL_') && value !== undefined ? [[name, value]] : [],
    ),
  );
}

function serviceEnvironment(
  { credentials, management }: Surroundings,
  { name, httpPort, grpcPort, own }: EmbeddedService,
): Record<string, string> {
  const { certificate, natsSeedFile, databaseUrlFile } = credentials.ofService(name);
  return {
    KEELSON_KUBECONFIG: management.kubeconfigOf(name),
    KEELSON_NATS_SEED_FILE: natsSeedFile,
    KEELSON_POSTGRES_URL_FILE: databaseUrlFile,
    KEELSON_HTTP_PORT: String(httpPort),
    KEELSON_GRPC_PORT: String(grpcPort),
    KEELSON_TLS_CERT_FILE: certificate.cert,
    KEELSON_TLS_KEY_FILE: certificate.key,
    ...own,
  };
}
