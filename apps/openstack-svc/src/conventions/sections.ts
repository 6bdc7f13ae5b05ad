import type { Cloud } from '../cloud/cloud.js';
import { trusting } from '../cloud/internal-tls.js';
import type { Chart } from '../render/chart.js';
import type { Ini, IniSection } from '../render/ini.js';
import { hosts, internalUrl, memcachedServers } from './addresses.js';
import { databaseUrl, identityUser, transportUrl } from './credentials.js';
import { notificationSections } from './notifications.js';
import { internalHost } from '../render/chart.js';

/** How a project's user gets a token from keystone. */
export function authSection(cloud: Cloud, project: string): IniSection {
  const { username, password } = cloud.secrets.user(identityUser(project));
  return {
    auth_url: internalUrl(cloud, 'keystone'),
    auth_type: 'password',
    project_domain_name: 'service',
    user_domain_name: 'service',
    project_name: 'service',
    username,
    password,
    region_name: cloud.spec.region_name,
    ...trusting(cloud, 'cafile'),
  };
}

/** How a project checks the tokens that users bring. */
export function authTokenSection(cloud: Cloud, project: string): IniSection {
  return {
    ...authSection(cloud, project),
    www_authenticate_uri: internalUrl(cloud, 'keystone'),
    memcached_servers: memcachedServers(cloud),
    memcache_security_strategy: 'None',
    service_token_roles: 'service',
    service_token_roles_required: true,
  };
}

/** A request that outlives its user's token goes on with the service's own. */
export function serviceUserSection(cloud: Cloud, project: string): IniSection {
  return { ...authSection(cloud, project), send_service_user_token: true };
}

export function databaseSection(cloud: Cloud, project: string, database = project): IniSection {
  return {
    connection: databaseUrl(cloud, project, database),
    // Below MariaDB's wait_timeout: a connection that the server has closed is never handed out.
    connection_recycle_time: 600,
    max_pool_size: 10,
    max_overflow: 30,
    max_retries: -1,
  };
}

export function cacheSection(cloud: Cloud): IniSection {
  return { enabled: true, backend: 'oslo_cache.memcache_pool', memcache_servers: memcachedServers(cloud) };
}

/**
 * Logging as `features.logging.<project>.level` asks; containers log to standard error. oslo.log knows DEBUG and INFO by `debug`;
 * what is to be quieter is a level of the root logger, set after that. Loggers of libraries, which have levels of their own
 * otherwise, then have that one too.
 */
function loggingOptions({ cloud }: Chart, project: string): IniSection {
  const { [project]: own, cadf } = cloud.spec.features.logging;
  const level = own?.level ?? 'INFO';
  const isQuieter = ['WARNING', 'ERROR', 'CRITICAL'].includes(level);
  // Records of audit are told as information, whatever else is not.
  const audit = cadf.enabled && cadf.driver === 'log' ? ['oslo.messaging.notification=INFO'] : [];
  return {
    debug: level === 'DEBUG',
    use_stderr: true,
    ...(isQuieter ? { default_log_levels: [`root=${level}`, ...audit] } : {}),
  };
}

export interface CommonParts {
  readonly project: string;
  /** Undefined for a process that must not have one. */
  readonly database?: string;
  readonly messaging?: boolean;
  readonly api?: boolean;
}

/** Sections that every project's file has, in one place. */
export function commonSections(chart: Chart, { project, database, messaging = false, api = false }: CommonParts): Ini {
  const { cloud } = chart;
  return {
    DEFAULT: {
      ...loggingOptions(chart, project),
      ...(messaging ? { transport_url: transportUrl(cloud, project) } : {}),
    },
    ...(database === undefined ? {} : { database: databaseSection(cloud, project, database) }),
    ...(messaging ? messagingSections(cloud) : {}),
    ...(api ? { keystone_authtoken: authTokenSection(cloud, project), ...apiSections } : {}),
    oslo_concurrency: { lock_path: `/var/lib/${project}/tmp` },
  };
}

function messagingSections(cloud: Cloud): Ini {
  return {
    ...notificationSections(cloud),
    oslo_messaging_rabbit: cloud.release.facts.quorumQueues
      ? {
          rabbit_quorum_queue: true,
          rabbit_transient_quorum_queue: true,
          use_queue_manager: true,
          heartbeat_in_pthread: false,
        }
      : { rabbit_ha_queues: true, heartbeat_in_pthread: false },
  };
}

const apiSections: Ini = { oslo_middleware: { enable_proxy_headers_parsing: true } };

/** Where services that coordinate their instances meet. */
export function coordinationUrl(cloud: Cloud): string {
  return cloud.spec.features.services.includes('coordination')
    ? `etcd3+http://${internalHost(cloud, hosts.etcd)}:2379?api_version=v3`
    : `memcached://${memcachedServers(cloud).split(',')[0] ?? ''}`;
}
