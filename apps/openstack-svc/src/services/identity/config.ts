import type { ConfigFile } from '../../cloud/service.js';
import { addresses, internalUrl, publicUrl } from '../../conventions/addresses.js';
import { administratorProject, sharedCredentials } from '../../conventions/credentials.js';
import { identityProviders } from '../../conventions/federation.js';
import { notificationTopics } from '../../conventions/notifications.js';
import { cacheSection, commonSections } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import { type Chart, publicHost } from '../../render/chart.js';
import { type Script, script, textFile } from '../../render/files.js';
import { type Ini, repeated } from '../../render/ini.js';

export interface IdentityFiles {
  readonly service: ConfigFile;
  readonly uwsgi: ConfigFile;
  readonly bootstrapEnvironment: ConfigFile;
  readonly bootstrapScript: Script;
}

export function identityFiles(chart: Chart): IdentityFiles {
  return {
    service: projectFile(
      chart,
      'keystone',
      { path: '/etc/keystone/keystone.conf', values: ['keystone'] },
      commonSections(chart, { project: 'keystone', database: 'keystone', messaging: true }),
      keystoneSections(chart),
    ),
    uwsgi: uwsgiFile(chart, {
      path: '/etc/keystone/keystone-uwsgi.ini',
      port: addresses.keystone.port,
      program: '/usr/bin/keystone-wsgi-public',
      threads: 8,
    }),
    bootstrapEnvironment: textFile(
      chart,
      { secret: 'keystone-bootstrap', path: '/etc/keystone-bootstrap/bootstrap.env' },
      bootstrapLines(chart),
    ),
    bootstrapScript: script(chart, 'keystone-bootstrap.sh', bootstrap),
  };
}

function keystoneSections(chart: Chart): Ini {
  const { keystone, policies } = chart.cloud.spec.features;
  const { domain_specific_configuration: domains } = keystone;
  const dashboard = publicHost(chart.cloud, 'horizon');
  return {
    DEFAULT: { max_token_size: 255, public_endpoint: `${publicUrl(chart.cloud, 'keystone')}/` },
    token: { provider: 'fernet', expiration: 43_200, allow_expired_window: 172_800 },
    fernet_tokens: { key_repository: '/etc/keystone/fernet-keys/', max_active_keys: 7 },
    credential: { key_repository: '/etc/keystone/credential-keys/' },
    cache: cacheSection(chart.cloud),
    identity: {
      driver: 'sql',
      // bcrypt reads 72 bytes; with the default keystone warns at every check of a password.
      max_password_length: 72,
      domain_specific_drivers_enabled: domains.enabled ? true : undefined,
      domain_configurations_from_database: domains.enabled ? true : undefined,
    },
    oslo_middleware: { enable_proxy_headers_parsing: true },
    ...loggedAudit(chart),
    ...(policies['strict_admin']?.['enabled'] === true
      ? {
          resource: {
            admin_project_name: administratorProject(chart.cloud.spec),
            admin_project_domain_name: 'Default',
          },
        }
      : {}),
    ...(identityProviders(chart.cloud).length > 0
      ? {
          auth: { methods: 'password,token,mapped,application_credential' },
          federation: {
            trusted_dashboard: `https://${dashboard}/auth/websso/`,
            remote_id_attribute: 'HTTP_OIDC_ISS',
          },
          mapped: { remote_id_attribute: 'HTTP_OIDC_ISS' },
        }
      : {}),
  };
}

/** Keystone's own events are notifications; in a log they stand beside those that are sent. */
function loggedAudit({ cloud }: Chart): Ini {
  const { enabled, driver } = cloud.spec.features.logging.cadf;
  if (!enabled || driver !== 'log') return {};
  const isSent = notificationTopics(cloud.spec).length > 0;
  return { oslo_messaging_notifications: { driver: isSent ? repeated('messagingv2', 'log') : 'log' } };
}

function bootstrapLines(chart: Chart): string[] {
  const { username, password } = chart.cloud.secrets.user(sharedCredentials.keystoneAdmin);
  const inside = `${internalUrl(chart.cloud, 'keystone')}/v3/`;
  const variables = {
    OS_BOOTSTRAP_USERNAME: username,
    OS_BOOTSTRAP_PASSWORD: password,
    OS_BOOTSTRAP_PROJECT_NAME: administratorProject(chart.cloud.spec),
    OS_BOOTSTRAP_ROLE_NAME: 'admin',
    OS_BOOTSTRAP_SERVICE_NAME: 'keystone',
    OS_BOOTSTRAP_REGION_ID: chart.cloud.spec.region_name,
    OS_BOOTSTRAP_PUBLIC_URL: `${publicUrl(chart.cloud, 'keystone')}/v3/`,
    OS_BOOTSTRAP_INTERNAL_URL: inside,
    OS_BOOTSTRAP_ADMIN_URL: inside,
  };
  return Object.entries(variables).map(([name, value]) => `${name}='${value.replaceAll("'", String.raw`'\''`)}'`);
}

const bootstrap = String.raw`#!/bin/sh
set -eu
set -a
. /etc/keystone-bootstrap/bootstrap.env
exec keystone-manage --config-file /etc/keystone/keystone.conf bootstrap
`;
