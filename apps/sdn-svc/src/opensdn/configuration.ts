import { exchangeLabel } from '../names.js';
import { authority, certificateCheck, identityAuthority } from './authentication.js';
import { accessSecret, configurationMap, labelsOf, type Manifest } from './manifests.js';
import type { OpenSdn } from './opensdn.js';
import { databaseMembers, databasePorts } from './databases.js';
import { addressesOf } from './peers.js';

/**
 * Variables of the containers of OpenSDN, as their entry points read them: `containers/base/common.sh`, `provisioner/provision.sh` and
 * `vrouter/agent/actions.sh` of OpenSDN-io/tf-container-builder. What of a TFOperator no entry point reads is in `effectless.ts`.
 */
export function configuration(sdn: OpenSdn): readonly Manifest[] {
  const metadata = (name: string): Manifest['metadata'] => ({
    name,
    namespace: sdn.namespace,
    labels: { ...labelsOf('configuration'), [exchangeLabel]: 'own' },
  });
  const pem = identityAuthority(sdn.access);
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(configurationMap), data: settings(sdn) },
    ...(pem === undefined
      ? []
      : [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(authority.map), data: { [authority.file]: pem } }]),
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata(accessSecret), ...stringData(secrets(sdn)) },
  ];
}

function settings(sdn: OpenSdn): Record<string, string> {
  const { access, spec } = sdn;
  const { features } = spec;
  return present({
    CONFIG_NODES: addressesOf(sdn, 'config'),
    CONTROLLER_NODES: addressesOf(sdn, 'config'),
    CONTROL_NODES: addressesOf(sdn, 'control'),
    ANALYTICS_NODES: addressesOf(sdn, 'analytics'),
    WEBUI_NODES: addressesOf(sdn, 'webUI'),
    CONFIGDB_NODES: databaseMembers(sdn, 'tf-cassandra'),
    // The entry points look for Cassandra on 9041 and for RabbitMQ on 5673 unless they are told.
    CONFIGDB_CQL_PORT: String(databasePorts.cassandra),
    CONFIGDB_CASSANDRA_DRIVER: 'cql',
    ZOOKEEPER_NODES: databaseMembers(sdn, 'tf-zookeeper'),
    RABBITMQ_NODES: databaseMembers(sdn, 'tf-rabbitmq'),
    RABBITMQ_NODE_PORT: String(databasePorts.rabbitmq),
    AUTH_MODE: 'keystone',
    CLOUD_ORCHESTRATOR: 'openstack',
    ...identityEndpoint(access['auth_url']),
    ...certificateCheck(access),
    KEYSTONE_AUTH_INTERFACE: access['interface'],
    KEYSTONE_AUTH_ADMIN_TENANT: access['project_name'],
    KEYSTONE_AUTH_USER_DOMAIN_NAME: access['user_domain_name'],
    KEYSTONE_AUTH_PROJECT_DOMAIN_NAME: access['project_domain_name'],
    KEYSTONE_AUTH_REGION_NAME: access['region_name'],
    IPFABRIC_SERVICE_HOST: access['nova_metadata_host'],
    IPFABRIC_SERVICE_PORT: access['nova_metadata_port'],
    PHYSICAL_INTERFACE: access['tunnel_interface'],
    VROUTER_GATEWAY: features?.vRouter?.vRouterGateway,
    BGP_ASN: features?.config?.bgpAsn?.toString(),
    ENCAP_PRIORITY: features?.config?.encapPriority,
    // Systems above 65535 are refused by the configuration API unless it is told that they are meant.
    ENABLE_4BYTE_AS: (features?.config?.bgpAsn ?? 0) > 65_535 ? 'true' : undefined,
  });
}

function secrets({ access, brokerPassword }: OpenSdn): Record<string, string> {
  return present({
    KEYSTONE_AUTH_ADMIN_USER: access['username'],
    KEYSTONE_AUTH_ADMIN_PASSWORD: access['password'],
    METADATA_PROXY_SECRET: access['metadata_proxy_secret'],
    RABBITMQ_USER: 'opensdn',
    RABBITMQ_PASSWORD: brokerPassword,
    // The same account, as the image of the broker makes it.
    RABBITMQ_DEFAULT_USER: 'opensdn',
    RABBITMQ_DEFAULT_PASS: brokerPassword,
  });
}

/** Where Keystone is, in the pieces that entry points put together again. */
function identityEndpoint(url: string | undefined): Record<string, string> {
  if (url === undefined || !URL.canParse(url)) return {};
  const { protocol, hostname, port, pathname } = new URL(url);
  const scheme = protocol.slice(0, -1);
  const number = port === '' ? (scheme === 'https' ? '443' : '80') : port;
  return {
    KEYSTONE_AUTH_PROTO: scheme,
    KEYSTONE_AUTH_HOST: hostname,
    KEYSTONE_AUTH_ADMIN_PORT: number,
    KEYSTONE_AUTH_PUBLIC_PORT: number,
    KEYSTONE_AUTH_URL_VERSION: pathname.replace(/\/$/, '') || '/v3',
  };
}

function present(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

function stringData(text: Record<string, string>): { readonly stringData: Record<string, string> } {
  return { stringData: text };
}
