import type { Cloud } from '../../cloud/cloud.js';
import { authorityPath, hasInternalTls } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import { addresses, addressesOf, isBehindProxy } from '../../conventions/addresses.js';
import { type Chart, hasService, internalHost, publicHost } from '../../render/chart.js';
import { yamlFile } from '../../render/files.js';
import type { JsonRecord } from '../../render/json.js';
import { hasSerialConsole, serialName, serialPort } from '../compute/serial-console.js';

export const adminPort = 9901;

interface Route {
  readonly isTls: boolean;
  readonly publicName: string;
  readonly host: string;
  readonly port: number;
}

function routesOf(cloud: Cloud): readonly Route[] {
  const apis = addressesOf(cloud).map((name): Route => ({ ...addresses[name], isTls: isBehindProxy(cloud, name) }));
  const { novnc, spice } = cloud.spec.features.nova.console;
  return [
    ...apis,
    ...(hasService(cloud, 'dashboard')
      ? [{ publicName: 'horizon', host: 'horizon-int', port: 80, isTls: hasInternalTls(cloud) }]
      : []),
    ...(hasService(cloud, 'compute') && novnc.enabled
      ? [{ publicName: 'novncproxy', host: 'nova-novncproxy', port: 6080, isTls: false }]
      : []),
    ...(hasService(cloud, 'compute') && spice.enabled
      ? [{ publicName: 'spiceproxy', host: 'nova-spiceproxy', port: 6082, isTls: false }]
      : []),
    ...(hasSerialConsole(cloud)
      ? [{ publicName: serialName, host: `nova-${serialName}`, port: serialPort, isTls: false }]
      : []),
  ];
}

const envoyTypes = 'type.googleapis.com/envoy.extensions';

/** Envoy's static configuration (v3 API): HTTPS by host name, and HTTP sent there. */
export function gatewayFile(chart: Chart): ConfigFile {
  const routes = routesOf(chart.cloud);
  const hosts = routes.map(({ publicName, host }) => ({
    name: publicName,
    domains: [publicHost(chart.cloud, publicName), `${publicHost(chart.cloud, publicName)}:443`],
    // Images are uploaded and consoles watched for hours.
    routes: [{ match: { prefix: '/' }, route: { cluster: host, timeout: '0s' } }],
  }));
  return yamlFile(
    chart,
    { path: '/etc/envoy/envoy.yaml', values: ['envoy'] },
    {
      admin: { address: socket(adminPort) },
      static_resources: {
        listeners: [
          listener('https', 443, connectionManager('https', hosts), tlsContext),
          listener('http', 80, connectionManager('http', [redirect])),
        ],
        clusters: routes.map((route) => clusterOf(chart.cloud, route)),
      },
    },
  );
}

function socket(port: number, address = '0.0.0.0'): JsonRecord {
  return { socket_address: { address, port_value: port } };
}

const redirect: JsonRecord = {
  name: 'to-https',
  domains: ['*'],
  routes: [{ match: { prefix: '/' }, redirect: { https_redirect: true } }],
};

const tlsContext: JsonRecord = {
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    '@type': `${envoyTypes}.transport_sockets.tls.v3.DownstreamTlsContext`,
    common_tls_context: {
      tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
      tls_certificates: [
        {
          certificate_chain: { filename: '/etc/envoy/tls/tls.crt' },
          private_key: { filename: '/etc/envoy/tls/tls.key' },
        },
      ],
    },
  },
};

function listener(name: string, port: number, manager: JsonRecord, tls?: JsonRecord): JsonRecord {
  const chain = { filters: [manager], ...(tls === undefined ? {} : { transport_socket: tls }) };
  return { name, address: socket(port), filter_chains: [chain] };
}

function connectionManager(name: string, virtualHosts: readonly JsonRecord[]): JsonRecord {
  const filters = `${envoyTypes}.filters`;
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${filters}.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: name,
      use_remote_address: true,
      stream_idle_timeout: '3600s',
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      route_config: { name, virtual_hosts: virtualHosts },
      http_filters: [
        { name: 'envoy.filters.http.router', typed_config: { '@type': `${filters}.http.router.v3.Router` } },
      ],
    },
  };
}

/** A route whose backend is not there yet is answered with 503 and tried again with every request. */
function clusterOf(cloud: Cloud, { host, port, isTls }: Route): JsonRecord {
  const address = internalHost(cloud, host);
  return {
    name: host,
    type: 'STRICT_DNS',
    connect_timeout: '5s',
    ...(isTls ? { transport_socket: upstreamTls(address) } : {}),
    load_assignment: {
      cluster_name: host,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(port, address) } }] }],
    },
  };
}

/** An API of the cloud, by the authority that all of them have. */
function upstreamTls(host: string): JsonRecord {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${envoyTypes}.transport_sockets.tls.v3.UpstreamTlsContext`,
      sni: host,
      common_tls_context: {
        validation_context: {
          trusted_ca: { filename: authorityPath },
          match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: host } }],
        },
      },
    },
  };
}
