import { isAtLeast } from '../releases/releases.js';
import type { JsonRecord } from '../render/json.js';

export const presets = ['core', 'compute', 'compute-tf'] as const;
export const sizes = ['single', 'tiny', 'small', 'medium'] as const;

const coreServices = [
  'app-gateway',
  'compute',
  'identity',
  'dashboard',
  'image',
  'ingress',
  'database',
  'memcached',
  'networking',
  'messaging',
  'placement',
  'coordination',
];
const computeOnly = [
  'block-storage',
  'dns',
  'orchestration',
  'load-balancer',
  'key-manager',
  'descheduler',
  'dynamic-resource-balancer',
];
const everywhere = { network_policies: { enabled: true }, database: { local_volumes: { enabled: true } } };

function presetSpecs(more: readonly string[]): Readonly<Record<string, JsonRecord>> {
  const services = [...coreServices, ...computeOnly, ...more];
  return {
    core: { features: { ...everywhere, services: coreServices } },
    compute: { features: { ...everywhere, services } },
    'compute-tf': { features: { ...everywhere, services, neutron: { backend: 'tungstenfabric' } } },
  };
}

/** Replicas of the Deployments and StatefulSets that are not the default of their chart. */
function replicas(
  counts: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>,
): JsonRecord {
  const services: Record<string, JsonRecord> = {};
  for (const [service, charts] of Object.entries(counts)) {
    services[service] = Object.fromEntries(
      Object.entries(charts).map(([chart, components]) => [chart, { values: { pod: { replicas: components } } }]),
    );
  }
  return services;
}

function backupVolume(size: string): JsonRecord {
  return { database: { mariadb: { values: { volume: { backup: { size } } } } } };
}

const three = { api: 3, conductor: 3, scheduler: 3, engine: 3, cfn: 3, central: 3, worker: 3, server: 3 };
const apis = (count: number): JsonRecord =>
  replicas({
    identity: { keystone: { api: count } },
    image: { glance: { api: count } },
    placement: { placement: { api: count } },
    compute: { nova: { osapi: count, conductor: count, scheduler: 3, novncproxy: 3, spiceproxy: 3, serialproxy: 3 } },
    networking: { neutron: { server: count, rpc_server: count } },
    'block-storage': { cinder: { api: count, scheduler: 3 } },
    orchestration: { heat: { ...three, api: count, engine: count } },
    dns: { designate: { ...three, mdns: 3, producer: 3 }, powerdns: { server: 3 } },
    'load-balancer': { octavia: { api: count, worker: 3, housekeeping: 3 } },
    'key-manager': { barbican: { api: 3 } },
    dashboard: { horizon: { server: 3 } },
    database: { mariadb: { server: 3, controller: 1 } },
    messaging: { rabbitmq: { server: 3 } },
    memcached: { memcached: { server: 3 } },
    coordination: { etcd: { etcd: 3 } },
    redis: { redis: { redis: 3, sentinel: 3 } },
    ingress: { ingress: { ingress: 3, error_page: 2 } },
    'app-gateway': { 'app-gateway': { gateway: 3 } },
    'shared-file-system': { manila: { api: 3, scheduler: 3 } },
    baremetal: { ironic: { api: 3, conductor: 3 } },
    'instance-ha': { masakari: { api: 3, engine: 3 } },
    alarming: { aodh: { api: 3, evaluator: 3, notifier: 3, listener: 3 } },
    metric: { gnocchi: { api: 3, metricd: 3 } },
    'metric-storage': { aetos: { api: 3 } },
    metering: { ceilometer: { notification: 3 } },
    'object-storage': {},
  });

const sizeSpecs: Readonly<Record<string, JsonRecord>> = {
  single: { services: backupVolume('20Gi') },
  tiny: {
    features: { messaging: { components_with_dedicated_messaging: ['networking'] } },
    services: withDatabase(apis(3), { volume: { backup: { size: '20Gi' } } }),
  },
  small: {
    features: { messaging: { components_with_dedicated_messaging: ['compute', 'networking'] } },
    services: withDatabase(apis(6), { volume: { backup: { size: '40Gi' } } }),
  },
  medium: {
    features: { messaging: { components_with_dedicated_messaging: ['compute', 'networking'] } },
    services: withDatabase(apis(6), {
      volume: { backup: { size: '80Gi' } },
      conf: { database: { mysqld: { innodb_buffer_pool_size: '10G' } } },
    }),
  },
};

function withDatabase(services: JsonRecord, values: JsonRecord): JsonRecord {
  return {
    ...services,
    database: { mariadb: { values: { pod: { replicas: { server: 3, controller: 1 } }, ...values } } },
  };
}

/**
 * What a preset adds to the spec of a release; nothing for a name that is none, which reading the merged spec then reports.
 * Redis was part of the compute presets until gazpacho.
 */
export function presetOf(name: unknown, release: unknown): JsonRecord {
  if (typeof name !== 'string' || typeof release !== 'string') return {};
  return presetSpecs(isAtLeast(release, 'gazpacho') ? [] : ['redis'])[name] ?? {};
}

/** What a size adds to a spec; nothing for a name that is none. */
export function sizeOf(name: unknown): JsonRecord {
  return typeof name === 'string' ? (sizeSpecs[name] ?? {}) : {};
}
