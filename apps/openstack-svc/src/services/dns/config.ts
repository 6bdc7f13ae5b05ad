import type { Cloud } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import { addresses, publicUrl } from '../../conventions/addresses.js';
import { commonSections, coordinationUrl, databaseSection } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import { type Chart, internalHost, publicHost } from '../../render/chart.js';
import { type Script, script, yamlFile } from '../../render/files.js';
import type { Ini } from '../../render/ini.js';

export const mdnsHost = 'designate-mdns';
export const mdnsPort = 5354;
export const powerDnsHost = 'designate-powerdns';
export const powerDnsApiPort = 8081;

export function dnsFiles(chart: Chart): { service: ConfigFile; uwsgi: ConfigFile; pools: ConfigFile } {
  return {
    service: projectFile(
      chart,
      'designate',
      { path: '/etc/designate/designate.conf', values: ['designate'] },
      commonSections(chart, { project: 'designate', messaging: true, api: true }),
      designateSections(chart),
    ),
    uwsgi: uwsgiFile(chart, {
      path: '/etc/designate/designate-uwsgi.ini',
      port: addresses.designate.port,
      program: '/usr/bin/designate-api-wsgi',
      threads: 1,
    }),
    pools: yamlFile(chart, { path: '/etc/designate/pools.yaml' }, [poolOf(chart.cloud)]),
  };
}

function designateSections(chart: Chart): Ini {
  const { cloud } = chart;
  const workers = cloud.spec.size === 'single' ? 1 : 2;
  return {
    DEFAULT: { state_path: '/var/lib/designate' },
    'service:api': {
      listen: `0.0.0.0:${addresses.designate.port}`,
      auth_strategy: 'keystone',
      enable_api_v2: true,
      enable_api_admin: true,
      enable_host_header: true,
      api_base_uri: `${publicUrl(cloud, 'designate')}/`,
      api_paste_config: '/etc/designate/api-paste.ini',
      enabled_extensions_v2: cloud.release.facts.designateExtensions ? ['quotas', 'reports'] : undefined,
    },
    'service:central': { workers, managed_resource_email: `hostmaster@${cloud.spec.public_domain_name}` },
    'service:worker': { workers, enabled: true },
    'service:producer': { workers },
    'service:mdns': { workers, listen: `0.0.0.0:${mdnsPort}` },
    'storage:sqlalchemy': databaseSection(cloud, 'designate'),
    coordination: { backend_url: coordinationUrl(cloud) },
  };
}

/** One pool: PowerDNS is told of zones over its API and fetches them from mdns. */
function poolOf(cloud: Cloud): Record<string, unknown> {
  const server = internalHost(cloud, powerDnsHost);
  return {
    name: 'default',
    description: 'PowerDNS of the cloud',
    attributes: {},
    ns_records: [{ hostname: `${publicHost(cloud, 'ns1')}.`, priority: 10 }],
    nameservers: [{ host: server, port: 53 }],
    targets: [
      {
        type: 'pdns4',
        description: 'PowerDNS',
        masters: [{ host: internalHost(cloud, mdnsHost), port: mdnsPort }],
        options: {
          host: server,
          port: 53,
          api_endpoint: `http://${server}:${powerDnsApiPort}`,
          api_token: cloud.secrets.key('powerdns-api'),
        },
      },
    ],
  };
}

/** Names in the pool that must be addresses. */
export function poolHosts(cloud: Cloud): readonly string[] {
  return [internalHost(cloud, powerDnsHost), internalHost(cloud, mdnsHost)];
}

/**
 * Tells Designate its pool. Designate takes no names for servers and PowerDNS none for the masters of a zone: both get the
 * addresses of Services, which stay.
 */
export function poolUpdateScript(chart: Chart): Script {
  return script(chart, 'designate-pool-update.sh', poolUpdate);
}

const poolUpdate = String.raw`#!/bin/sh
set -eu
cp /etc/designate/pools.yaml /tmp/pools.yaml
for host in "$@"; do
  address=$(getent ahostsv4 "$host" | awk '{print $1; exit}')
  [ -n "$address" ] || { echo "there is no address of $host" >&2; exit 1; }
  sed -i "s|$host|$address|g" /tmp/pools.yaml
done
exec designate-manage --config-file /etc/designate/designate.conf pool update --file /tmp/pools.yaml
`;
