import type { ConfigFile } from '../../cloud/service.js';
import { addresses, publicUrl } from '../../conventions/addresses.js';
import { databaseUrl } from '../../conventions/credentials.js';
import { commonSections } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import type { Chart } from '../../render/chart.js';
import type { Ini } from '../../render/ini.js';
import { isRecord, type JsonRecord } from '../../render/json.js';

export function keyManagerFiles(chart: Chart): { service: ConfigFile; uwsgi: ConfigFile } {
  const { cloud } = chart;
  const common = commonSections(chart, { project: 'barbican', database: 'barbican', messaging: true, api: true });
  return {
    service: projectFile(
      chart,
      'barbican',
      { path: '/etc/barbican/barbican.conf', values: ['barbican'] },
      common,
      {
        DEFAULT: {
          db_auto_create: false,
          host_href: publicUrl(cloud, 'barbican'),
          // Releases before the section [database] was read know this key alone, and take a local file without it.
          sql_connection: cloud.release.facts.barbicanReadsDatabaseSection
            ? undefined
            : databaseUrl(cloud, 'barbican', 'barbican'),
        },
        queue: { enable: false },
      },
      storeSections(chart),
    ),
    uwsgi: uwsgiFile(chart, {
      path: '/etc/barbican/barbican-uwsgi.ini',
      port: addresses.barbican.port,
      program: '/usr/bin/barbican-wsgi-api',
      threads: 8,
    }),
  };
}

/** Where secrets are kept: in Vault, else encrypted in the database. */
function storeSections(chart: Chart): Ini {
  const { vault } = chart.cloud.spec.features.barbican.backends;
  if (isRecord(vault) && vault['enabled'] === true) return vaultSections(chart, vault);
  return {
    secretstore: { enabled_secretstore_plugins: 'store_crypto' },
    crypto: { enabled_crypto_plugins: 'simple_crypto' },
    simple_crypto_plugin: { kek: chart.cloud.secrets.key('barbican-kek') },
  };
}

function vaultSections(chart: Chart, vault: JsonRecord): Ini {
  const text = (name: string): string | undefined => textOf(chart, vault[name]);
  return {
    secretstore: { enabled_secretstore_plugins: 'vault_plugin' },
    vault_plugin: {
      vault_url: text('vault_url'),
      approle_role_id: text('approle_role_id'),
      approle_secret_id: text('approle_secret_id'),
      namespace: text('namespace'),
      kv_mountpoint: text('kv_mountpoint') ?? 'secret',
      use_ssl: vault['use_ssl'] === true,
      ssl_ca_crt_file: text('ssl_ca_crt_file'),
    },
  };
}

function textOf({ cloud }: Chart, value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const from = isRecord(value) ? value['value_from'] : undefined;
  const reference = isRecord(from) ? from['secret_key_ref'] : undefined;
  if (!isRecord(reference) || typeof reference['name'] !== 'string' || typeof reference['key'] !== 'string')
    return undefined;
  return cloud.secrets.valueFrom({ name: reference['name'], key: reference['key'] });
}
