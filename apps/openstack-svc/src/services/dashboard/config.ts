import { trusting } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import { type Address, hosts, internalUrl, memcachedServers, publicUrl } from '../../conventions/addresses.js';
import { listenAddress, tlsProxyFiles } from '../../conventions/api/tls-proxy.js';
import { federationProtocol, identityProviders } from '../../conventions/federation.js';
import { databaseUser } from '../../conventions/credentials.js';
import { mergeDeep } from '../../cloud/merge.js';
import { type Chart, confOf, internalHost, publicHost } from '../../render/chart.js';
import { textFile } from '../../render/files.js';
import { messagesOfTheDay } from './motd.js';
import { availableThemes } from './themes.js';
import { isRecord, type JsonRecord } from '../../render/json.js';

export const dashboardAddress: Address = { host: 'horizon-int', port: 80, publicName: 'horizon', path: '' };

export interface DashboardFiles {
  readonly settings: ConfigFile;
  readonly apache: readonly ConfigFile[];
  readonly messages: readonly ConfigFile[];
}

export function dashboardFiles(chart: Chart): DashboardFiles {
  const { files: messages, settings: ofMessages } = messagesOfTheDay(chart);
  const own = { ...settingsOf(chart), ...ofMessages };
  const settings = mergeDeep(own, confOf(chart, ['horizon', 'local_settings']));
  return {
    messages,
    settings: textFile(chart, { path: '/etc/openstack-dashboard/local_settings.py' }, [
      'from django.utils.translation import gettext_lazy as _  # noqa: F401',
      ...Object.entries(settings).map(([name, value]) => `${name} = ${pythonText(value)}`),
    ]),
    apache: apacheFiles(chart),
  };
}

function settingsOf(chart: Chart): JsonRecord {
  const { cloud } = chart;
  const { horizon } = cloud.spec.features;
  const providers = identityProviders(cloud);
  const { username, password } = cloud.secrets.user(databaseUser('horizon'));
  return {
    DEBUG: false,
    ALLOWED_HOSTS: ['*'],
    WEBROOT: '/',
    SECRET_KEY: cloud.secrets.key('horizon-secret-key'),
    // TLS ends in front of the pods.
    SECURE_PROXY_SSL_HEADER: ['HTTP_X_FORWARDED_PROTO', 'https'],
    USE_X_FORWARDED_HOST: true,
    CSRF_COOKIE_SECURE: true,
    CSRF_TRUSTED_ORIGINS: [`https://${publicHost(cloud, 'horizon')}`],
    SESSION_COOKIE_SECURE: true,
    SESSION_ENGINE: 'django.contrib.sessions.backends.db',
    SESSION_TIMEOUT: 3600,
    DATABASES: {
      default: {
        ENGINE: 'django.db.backends.mysql',
        NAME: 'horizon',
        USER: username,
        PASSWORD: password,
        HOST: internalHost(cloud, hosts.database),
        PORT: '3306',
      },
    },
    CACHES: {
      default: {
        BACKEND: 'django.core.cache.backends.memcached.PyMemcacheCache',
        LOCATION: memcachedServers(cloud).split(','),
      },
    },
    OPENSTACK_KEYSTONE_URL: `${internalUrl(cloud, 'keystone')}/v3`,
    OPENSTACK_ENDPOINT_TYPE: 'internalURL',
    ...trusting(cloud, 'OPENSTACK_SSL_CACERT'),
    OPENSTACK_KEYSTONE_MULTIDOMAIN_SUPPORT: true,
    OPENSTACK_KEYSTONE_DEFAULT_DOMAIN: 'Default',
    OPENSTACK_API_VERSIONS: { identity: 3, image: 2, volume: 3 },
    OPENSTACK_NEUTRON_NETWORK: { enable_router: true, enable_quotas: true, enable_ha_router: false },
    WEBSSO_ENABLED: providers.length > 0,
    WEBSSO_KEYSTONE_URL: `${publicUrl(cloud, 'keystone')}/v3`,
    WEBSSO_CHOICES: [['credentials', 'Keystone Credentials'], ...providers.map(({ name, label }) => [name, label])],
    ...(providers.length === 0
      ? {}
      : { WEBSSO_IDP_MAPPING: Object.fromEntries(providers.map(({ name }) => [name, [name, federationProtocol]])) }),
    AVAILABLE_THEMES: availableThemes(chart),
    DEFAULT_THEME: horizon.default_theme,
    TIME_ZONE: 'UTC',
    LOGGING: loggingOf(chart),
  };
}

/**
 * As `features.logging.horizon.level` asks, to standard error; without it Django tells nobody of anything below a warning. `DEBUG`
 * of Django stays off: its pages show settings. Libraries of HTTP show what they send at DEBUG.
 */
function loggingOf({ cloud }: Chart): JsonRecord {
  const level = cloud.spec.features.logging['horizon']?.level ?? 'INFO';
  const quiet = ['keystoneauth', 'requests', 'urllib3'];
  return {
    version: 1,
    disable_existing_loggers: false,
    formatters: { line: { format: '%(asctime)s %(process)d %(levelname)s %(name)s %(message)s' } },
    handlers: { console: { class: 'logging.StreamHandler', formatter: 'line' } },
    root: { handlers: ['console'], level },
    loggers: level === 'DEBUG' ? Object.fromEntries(quiet.map((name) => [name, { level: 'INFO' }])) : {},
  };
}

/** A value as a literal of Python. JSON's text in quotation marks is Python's as well. */
function pythonText(value: unknown): string {
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === null || value === undefined) return 'None';
  if (Array.isArray(value)) return `[${value.map(pythonText).join(', ')}]`;
  if (isRecord(value)) {
    return `{${Object.entries(value)
      .map(([name, member]) => `${JSON.stringify(name)}: ${pythonText(member)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}

function apacheFiles(chart: Chart): readonly ConfigFile[] {
  const { address, port } = listenAddress(chart, dashboardAddress.port);
  return [
    textFile(chart, { path: '/etc/apache2/ports.conf' }, [`Listen ${address}:${port}`]),
    textFile(chart, { path: '/etc/apache2/sites-enabled/000-default.conf' }, siteLines(chart, port)),
    ...tlsProxyFiles(chart, dashboardAddress.port),
  ];
}

function siteLines(chart: Chart, port: number): string[] {
  const processes = chart.cloud.spec.size === 'single' ? 1 : 4;
  return [
    'ErrorLog /dev/stderr',
    `<VirtualHost *:${port}>`,
    '  CustomLog /dev/stdout combined',
    `  WSGIDaemonProcess horizon user=horizon group=horizon processes=${processes} threads=8 display-name=%{GROUP}`,
    '  WSGIProcessGroup horizon',
    '  WSGIApplicationGroup %{GLOBAL}',
    '  WSGIScriptAlias / /usr/share/openstack-dashboard/wsgi.py',
    '  Alias /static /var/lib/openstack-dashboard/static',
    '  <Directory /usr/share/openstack-dashboard>',
    '    Require all granted',
    '  </Directory>',
    '  <Directory /var/lib/openstack-dashboard/static>',
    '    Require all granted',
    '  </Directory>',
    '</VirtualHost>',
  ];
}
