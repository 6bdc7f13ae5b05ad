import { terminal } from '@keelson/std';
import { trusting } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import { addresses, hosts } from '../../conventions/addresses.js';
import { projectCloudsFile } from '../../conventions/client.js';
import { databaseUrl } from '../../conventions/credentials.js';
import { authSection, commonSections } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import { amphoraTrustAnnotation } from '../../names.js';
import { type Chart, hasService, internalHost } from '../../render/chart.js';
import { jsonFile, textFile } from '../../render/files.js';
import type { Ini, IniSection } from '../../render/ini.js';
import { isRecord } from '../../render/json.js';
import { isOvn, ovnConnection } from '../networking/backend.js';
import { configFlags } from '../networking/config.js';
import { addressFlags } from '../networking/ovn/addresses.js';
import { hasAmphorae } from './accounts.js';
import { amphoraTrust, trustDigest } from './authorities.js';

export interface LoadBalancerFiles {
  readonly service: ConfigFile;
  readonly uwsgi: ConfigFile;
  /** For the client that finds and makes the resources of amphorae. */
  readonly clouds: ConfigFile;
  readonly resources: ConfigFile;
}

export function usesAmphorae({ cloud }: Chart): boolean {
  return hasAmphorae(cloud.spec);
}

/** Provider drivers by name, with what users are told of them. */
function providersOf(chart: Chart): Readonly<Record<string, string>> {
  if (!usesAmphorae(chart)) return { tungstenfabric: 'The OpenSDN driver' };
  const amphorae = { amphora: 'The Octavia amphora driver', amphorav2: 'The Octavia amphora driver' };
  return isOvn(chart.cloud) ? { ...amphorae, ovn: 'Octavia OVN driver' } : amphorae;
}

/** @throws Failure terminal for one that the networking of the cloud does not have */
function defaultProvider(chart: Chart): string {
  const { octavia, neutron } = chart.cloud.spec.features;
  const provider = octavia.default_provider ?? (usesAmphorae(chart) ? 'amphorav2' : 'tungstenfabric');
  const known = Object.keys(providersOf(chart));
  if (known.includes(provider)) return provider;
  throw invalid(
    `spec.features.octavia.default_provider: there is no ${provider} with spec.features.neutron.backend ${neutron.backend}: choose one of ${known.join(', ')}`,
  );
}

export function loadBalancerFiles(chart: Chart): LoadBalancerFiles {
  const service = projectFile(
    chart,
    'octavia',
    { path: '/etc/octavia/octavia.conf', values: ['octavia'] },
    commonSections(chart, { project: 'octavia', database: 'octavia', messaging: true, api: true }),
    octaviaSections(chart),
    amphoraSections(chart),
  );
  return {
    service,
    uwsgi: uwsgiFile(chart, {
      path: '/etc/octavia/octavia-uwsgi.ini',
      port: addresses.octavia.port,
      program: '/usr/bin/octavia-wsgi',
      threads: 4,
      more: isOvn(chart.cloud) ? { pyargv: [...configFlags([service]), ...addressFlags].join(' ') } : {},
    }),
    clouds: projectCloudsFile(chart, 'octavia'),
    resources: jsonFile(
      chart,
      { secret: 'octavia-resources', path: '/etc/octavia-resources/wanted.json' },
      managementNetwork(chart),
    ),
  };
}

function octaviaSections(chart: Chart): Ini {
  const { cloud } = chart;
  const peer = {
    endpoint_type: 'internal',
    region_name: cloud.spec.region_name,
    ...trusting(cloud, 'ca_certificates_file'),
  };
  return {
    api_settings: {
      bind_port: addresses.octavia.port,
      auth_strategy: 'keystone',
      default_provider_driver: defaultProvider(chart),
      enabled_provider_drivers: Object.entries(providersOf(chart)).map(([name, what]) => `${name}:${what}`),
      healthcheck_enabled: true,
    },
    service_auth: authSection(cloud, 'octavia'),
    neutron: peer,
    nova: { ...peer, ...(isPaired(chart) ? apart : {}) },
    glance: peer,
    oslo_messaging: { topic: 'octavia_prov', rpc_thread_pool_size: 2 },
    task_flow: taskFlow(chart),
    driver_agent: isOvn(cloud) ? { enabled_provider_agents: 'ovn' } : {},
    ovn: isOvn(cloud)
      ? { ovn_nb_connection: ovnConnection(cloud, 'northbound'), ovn_sb_connection: ovnConnection(cloud, 'southbound') }
      : {},
  };
}

/** Load balancers have two amphorae, so that the loss of one is not theirs. */
function isPaired(chart: Chart): boolean {
  return usesAmphorae(chart) && chart.cloud.spec.size !== 'single';
}

/** Those two are on two computes where there are two that have room; else rather on one than not at all. */
const apart: IniSection = { enable_anti_affinity: true, anti_affinity_policy: 'soft-anti-affinity' };

/** A flow is kept in the database and taken up by another worker when its own dies; the queue is in Redis where there is one. */
function taskFlow(chart: Chart): IniSection {
  const { cloud } = chart;
  if (!hasService(cloud, 'redis')) return { jobboard_enabled: false };
  return {
    persistence_connection: databaseUrl(cloud, 'octavia', 'octavia_persistence'),
    jobboard_enabled: true,
    jobboard_backend_driver: 'redis_taskflow_driver',
    jobboard_backend_hosts: internalHost(cloud, hosts.redis),
    jobboard_backend_port: 26379,
    jobboard_backend_password: cloud.secrets.key('redis-password'),
    jobboard_redis_sentinel: 'openstack',
    jobboard_save_logbook: true,
  };
}

function amphoraSections(chart: Chart): Ini {
  if (!usesAmphorae(chart)) return {};
  const { secrets } = chart.cloud;
  return {
    certificates: {
      cert_generator: 'local_cert_generator',
      ca_certificate: '/etc/octavia/certs/ca.pem',
      ca_private_key: '/etc/octavia/certs/ca.key',
      server_certs_key_passphrase: secrets.key('octavia-certificate-passphrase'),
      endpoint_type: 'internalURL',
    },
    haproxy_amphora: {
      client_cert: '/etc/octavia/certs/client.pem',
      server_ca: '/etc/octavia/certs/server-ca.pem',
    },
    controller_worker: {
      amp_image_tag: 'amphora',
      amp_active_retries: 100,
      client_ca: '/etc/octavia/certs/client-ca.pem',
      loadbalancer_topology: isPaired(chart) ? 'ACTIVE_STANDBY' : 'SINGLE',
      network_driver: 'allowed_address_pairs_driver',
    },
    health_manager: { bind_port: 5555, heartbeat_key: secrets.key('octavia-heartbeat') },
    house_keeping: { load_balancer_expiry_age: 604_800, amphora_expiry_age: 604_800 },
  };
}

export function certificateFiles(chart: Chart): readonly ConfigFile[] {
  const { secrets, amphorae } = chart.cloud;
  const { signer, servers, client, clients } = amphoraTrust(secrets, amphorae);
  const file = (key: string, ...parts: readonly string[]): ConfigFile =>
    textFile(chart, { secret: 'octavia-certs', path: `/etc/octavia/certs/${key}` }, parts);
  return [
    file('ca.pem', signer.certificate),
    file('ca.key', signer.key),
    file('server-ca.pem', ...servers),
    file('client.pem', client.certificate, client.key),
    file('client-ca.pem', ...clients),
  ];
}

/** On pods while authorities are rotated: whom they trust, so that it can be seen when all do. */
export function trustAnnotation({ cloud: { secrets, amphorae } }: Chart): Record<string, string> {
  return amphorae === undefined ? {} : { [amphoraTrustAnnotation]: trustDigest(amphoraTrust(secrets, amphorae)) };
}

/** Name of the network between controllers and amphorae. */
export function managementNetworkName({ cloud }: Chart): string {
  const { name } = cloud.spec.features.octavia.lb_network;
  return typeof name === 'string' ? name : 'lb-mgmt-net';
}

function managementNetwork(chart: Chart): Record<string, unknown> {
  const { subnets } = chart.cloud.spec.features.octavia.lb_network;
  const [subnet] = Array.isArray(subnets) ? subnets : [];
  const { range, pool_start: first, pool_end: last } = isRecord(subnet) ? subnet : {};
  if ((first === undefined) !== (last === undefined))
    throw invalid(
      'spec.features.octavia.lb_network.subnets: pool_start and pool_end belong together: give both or none',
    );
  // A range without a pool is given out as a whole.
  const usual = range === undefined ? { pool_start: '10.255.1.0', pool_end: '10.255.255.254' } : {};
  return {
    network: managementNetworkName(chart),
    range: typeof range === 'string' ? range : '10.255.0.0/16',
    ...(first === undefined ? usual : { pool_start: first, pool_end: last }),
  };
}

function invalid(what: string): Error {
  return terminal(`Rendering OpenStack: ${what}`, { reason: 'InvalidSpec' });
}
