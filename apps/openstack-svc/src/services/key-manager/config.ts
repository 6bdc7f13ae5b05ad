import { terminal } from '@keelson/std';
import type { ConfigFile } from '../../cloud/service.js';
import { addresses, publicUrl } from '../../conventions/addresses.js';
import { databaseUrl } from '../../conventions/credentials.js';
import { commonSections } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import type { Chart } from '../../render/chart.js';
import { textFile } from '../../render/files.js';
import { type Ini, repeated } from '../../render/ini.js';
import { isRecord, type JsonRecord } from '../../render/json.js';

export function keyManagerFiles(chart: Chart): { service: ConfigFile; uwsgi: ConfigFile } {
  const { cloud } = chart;
  const common = commonSections(chart, { project: 'barbican', database: 'barbican', messaging: true, api: true });
  return {
    service: withVaultAuthority(
      chart,
      projectFile(
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
  const vault = vaultOf(chart);
  const crypto = {
    crypto: { enabled_crypto_plugins: 'simple_crypto' },
    simple_crypto_plugin: { kek: chart.cloud.secrets.key('barbican-kek') },
  };
  if (vault === undefined) return { secretstore: { enabled_secretstore_plugins: 'store_crypto' }, ...crypto };
  // New secrets go to the first; those from before Vault are in the database, and are read by the other.
  const stores = repeated('vault_plugin', 'store_crypto');
  return { secretstore: { enabled_secretstore_plugins: stores }, ...crypto, ...vaultSections(chart, vault) };
}

/** The settings of Vault where it is used. */
function vaultOf({ cloud }: Chart): JsonRecord | undefined {
  const { vault } = cloud.spec.features.barbican.backends;
  return isRecord(vault) && vault['enabled'] === true ? vault : undefined;
}

const vaultField = 'spec.features.barbican.backends.vault';

/** @throws Failure terminal where what signing in needs is missing */
function vaultSections(chart: Chart, vault: JsonRecord): Ini {
  const text = (name: string): string | undefined => textOf(chart, vault[name]);
  const needed = (name: string): string => {
    const value = text(name);
    if (value !== undefined && value !== '') return value;
    throw terminal(`Rendering OpenStack: ${vaultField}.${name} is needed when Vault is enabled`, {
      reason: 'InvalidSpec',
    });
  };
  const url = needed('vault_url');
  return {
    vault_plugin: {
      vault_url: url,
      approle_role_id: needed('approle_role_id'),
      approle_secret_id: needed('approle_secret_id'),
      namespace: text('namespace'),
      kv_mountpoint: text('kv_mountpoint') ?? 'secret',
      // Without it Vault's certificate is not looked at.
      use_ssl: typeof vault['use_ssl'] === 'boolean' ? vault['use_ssl'] : url.startsWith('https:'),
      ssl_ca_crt_file: vaultAuthority(chart) === undefined ? text('ssl_ca_crt_file') : vaultAuthorityPath,
    },
  };
}

const vaultAuthorityPath = '/etc/barbican/vault-ca.pem';

/** The certificate of Vault's authority, where the spec gives it and not the path of a file of the image. */
function vaultAuthority(chart: Chart): string | undefined {
  const text = textOf(chart, vaultOf(chart)?.['ssl_ca_crt_file']);
  return text === undefined || text.startsWith('/') ? undefined : text;
}

/** It goes with the file that names it. */
function withVaultAuthority(chart: Chart, service: ConfigFile): ConfigFile {
  const pem = vaultAuthority(chart);
  if (pem === undefined) return service;
  const file = textFile(chart, { path: vaultAuthorityPath }, [pem.trimEnd()]);
  return { ...service, companions: [...(service.companions ?? []), file] };
}

function textOf({ cloud }: Chart, value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const from = isRecord(value) ? value['value_from'] : undefined;
  const reference = isRecord(from) ? from['secret_key_ref'] : undefined;
  if (!isRecord(reference) || typeof reference['name'] !== 'string' || typeof reference['key'] !== 'string')
    return undefined;
  return cloud.secrets.valueFrom({ name: reference['name'], key: reference['key'] });
}
