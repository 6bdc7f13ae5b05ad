import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpKubeApi } from '@keelson/kube';
import { silentLog, systemClock, systemRandom } from '@keelson/std';
import { provisionDatabase } from '@keelson/store';
import type { Component, EmbeddedOptions } from './component.js';
import { Credentials } from './credentials.js';
import type { Layout } from './layout.js';
import { ensureManifests } from './manifests.js';
import { natsComponent } from './nats.js';
import { choosePorts, type Ports } from './ports.js';
import { postgresComponent } from './postgres.js';
import { probeReady } from './probe-https.js';
import { type EmbeddedService, embeddedServices } from './services.js';

/** What the builders of components share. */
interface Surroundings {
  readonly layout: Layout;
  readonly options: EmbeddedOptions;
  readonly ports: Ports;
  readonly credentials: Credentials;
}

/** Name of the API server's database role. */
const kubeApi = 'kube-api';

/**
 * Everything that runs on a single machine. What does not need another part to be there begins at once: each program waits
 * for its database or API by itself. The order is that in which they are told to people and, backwards, ended.
 */
export function embeddedComponents(layout: Layout, options: EmbeddedOptions): readonly Component[] {
  const ports = choosePorts();
  const credentials = new Credentials(layout, ports);
  credentials.writeAdminKubeconfig();
  const surroundings: Surroundings = { layout, options, ports, credentials };
  const services = embeddedServices(ports, credentials.authority.certFile);
  return [
    postgres(surroundings, services),
    natsComponent(layout, ports.nats, credentials),
    kubeApiComponent(surroundings),
    labComponent(surroundings),
    ...(options.processes
      ? services.map((service) => serviceComponent(surroundings, service))
      : [devhostComponent(surroundings, services)]),
  ];
}

function postgres({ layout, ports, credentials }: Surroundings, services: readonly EmbeddedService[]): Component {
  const roles = [kubeApi, ...services.map(({ name }) => name)];
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

function kubeApiComponent({ layout, ports, credentials }: Surroundings): Component {
  const certificate = credentials.certificate(kubeApi);
  return {
    ...nodeProgram(layout, 'apps/kube-api/dist/main.js'),
    name: 'kube-api',
    title: 'Kubernetes API',
    after: [],
    env: {
      KEELSON_KUBE_API_HOST: '127.0.0.1',
      KEELSON_KUBE_API_PORT: String(ports.kubeApi),
      KEELSON_KUBE_API_POSTGRES_URL_FILE: credentials.database(kubeApi).databaseUrlFile,
      KEELSON_KUBE_API_CA_FILE: credentials.authority.certFile,
      KEELSON_KUBE_API_TLS_CERT_FILE: certificate.cert,
      KEELSON_KUBE_API_TLS_KEY_FILE: certificate.key,
      KEELSON_KUBE_API_SERVICE_ACCOUNT_KEY_FILE: credentials.serviceAccountKeyFile,
    },
    probe: () => probeReady(`https://127.0.0.1:${ports.kubeApi}/readyz`, credentials.authority.certPem),
    provision: async () => {
      const kubeconfig = readFileSync(layout.kubeconfig, 'utf8');
      const api = httpKubeApi({
        kubeconfig,
        clock: systemClock,
        random: systemRandom,
        log: silentLog,
        userAgent: 'keelson-provisioning',
      });
      await ensureManifests(api, join(layout.root, 'deploy'), systemClock);
    },
  };
}

/** Simulated: servers, their BMCs, hosts and clusters, and what services answer that are not here yet. All else is real. */
function labComponent({ layout, options, ports, credentials }: Surroundings): Component {
  return {
    ...nodeProgram(layout, 'apps/lab/dist/main.js'),
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
function serviceComponent(surroundings: Surroundings, service: EmbeddedService): Component {
  const { layout, credentials } = surroundings;
  return {
    ...nodeProgram(layout, `apps/${service.name}/dist/main.js`),
    name: service.name,
    title: service.name,
    after: ['postgres'],
    env: { ...commonEnvironment(surroundings), ...serviceEnvironment(surroundings, service) },
    probe: () => probeReady(readyUrl(service), credentials.authority.certPem),
  };
}

/** All services in one process; what differs between them is set by `<SERVICE>__<NAME>`. */
function devhostComponent(surroundings: Surroundings, services: readonly EmbeddedService[]): Component {
  const { layout, credentials } = surroundings;
  const own = services.flatMap((service) => {
    const prefix = `${service.name.toUpperCase().replaceAll('-', '_')}__`;
    return Object.entries(serviceEnvironment(surroundings, service)).map(([name, value]): [string, string] => [
      `${prefix}${name}`,
      value,
    ]);
  });
  return {
    ...nodeProgram(layout, 'worlds/devhost/dist/main.js'),
    name: 'services',
    title: 'Services',
    after: ['postgres'],
    env: { ...commonEnvironment(surroundings), ...Object.fromEntries(own) },
    probe: async () => {
      const lacks = await Promise.all(
        services.map((service) => probeReady(readyUrl(service), credentials.authority.certPem)),
      );
      const told = services.flatMap(({ name }, i) => (lacks[i] === undefined ? [] : [`${name}: ${lacks[i]}`]));
      return told.length === 0 ? undefined : told.join(', ');
    },
  };
}

function readyUrl({ httpPort }: EmbeddedService): string {
  return `https://127.0.0.1:${httpPort}/readyz`;
}

function commonEnvironment({ ports, credentials }: Surroundings): Record<string, string> {
  return {
    KEELSON_NATS_URL: `tls://127.0.0.1:${ports.nats}`,
    KEELSON_CA_FILE: credentials.authority.certFile,
    KEELSON_HOST: '127.0.0.1',
    KEELSON_API_TOKEN_FILE: credentials.apiTokenFile,
    KEELSON_LOG_LEVEL: process.env.KEELSON_LOG_LEVEL ?? 'info',
    KEELSON_LEADER_ELECTION: 'false',
  };
}

function serviceEnvironment(
  { credentials }: Surroundings,
  { name, httpPort, grpcPort, own }: EmbeddedService,
): Record<string, string> {
  const { certificate, kubeconfig, natsSeedFile, databaseUrlFile } = credentials.ofService(name);
  return {
    KEELSON_KUBECONFIG: kubeconfig,
    KEELSON_NATS_SEED_FILE: natsSeedFile,
    KEELSON_POSTGRES_URL_FILE: databaseUrlFile,
    KEELSON_HTTP_PORT: String(httpPort),
    KEELSON_GRPC_PORT: String(grpcPort),
    KEELSON_TLS_CERT_FILE: certificate.cert,
    KEELSON_TLS_KEY_FILE: certificate.key,
    ...own,
  };
}

function nodeProgram(layout: Layout, path: string): Pick<Component, 'command' | 'args' | 'stopSignal' | 'stopGraceMs'> {
  return {
    command: process.execPath,
    args: ['--enable-source-maps', join(layout.root, path)],
    stopSignal: 'SIGTERM',
    stopGraceMs: 30_000,
  };
}
