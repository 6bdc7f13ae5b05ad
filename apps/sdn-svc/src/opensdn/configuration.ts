import { exchangeLabel, nodeLabels, type NodeRole } from '../names.js';
import { accessSecret, configurationMap, labelsOf, type Manifest } from './manifests.js';
import type { OpenSdn } from './opensdn.js';
import { databaseMembers } from './databases.js';

/** Variables of the containers of OpenSDN, as their entry points read them. */
export function configuration(sdn: OpenSdn): readonly Manifest[] {
  const metadata = (name: string): Manifest['metadata'] => ({
    name,
    namespace: sdn.namespace,
    labels: { ...labelsOf('configuration'), [exchangeLabel]: 'own' },
  });
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(configurationMap), data: settings(sdn) },
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata(accessSecret), ...stringData(secrets(sdn)) },
  ];
}

function settings(sdn: OpenSdn): Record<string, string> {
  const { access, spec } = sdn;
  const { features, devOptions } = spec;
  return present({
    CONFIG_NODES: addressesOf(sdn, 'config'),
    CONTROLLER_NODES: addressesOf(sdn, 'config'),
    CONTROL_NODES: addressesOf(sdn, 'control'),
    ANALYTICS_NODES: addressesOf(sdn, 'analytics'),
    CONFIGDB_NODES: databaseMembers(sdn, 'tf-cassandra'),
    ZOOKEEPER_NODES: databaseMembers(sdn, 'tf-zookeeper'),
    RABBITMQ_NODES: databaseMembers(sdn, 'tf-rabbitmq'),
    CASSANDRA_DRIVER: devOptions?.cassandraDriver ?? 'cql',
    AUTH_MODE: 'keystone',
    CLOUD_ORCHESTRATOR: 'openstack',
    KEYSTONE_AUTH_URL: access['auth_url'],
    KEYSTONE_AUTH_ADMIN_TENANT: access['project_name'],
    KEYSTONE_AUTH_USER_DOMAIN_NAME: access['user_domain_name'],
    KEYSTONE_AUTH_PROJECT_DOMAIN_NAME: access['project_domain_name'],
    KEYSTONE_AUTH_REGION_NAME: access['region_name'],
    IPFABRIC_SERVICE_HOST: access['nova_metadata_host'],
    IPFABRIC_SERVICE_PORT: access['nova_metadata_port'],
    PHYSICAL_INTERFACE: access['tunnel_interface'],
    VROUTER_GATEWAY: features?.vRouter?.vRouterGateway,
    SRIOV_ENABLED: features?.vRouter?.sriov?.enabled === true ? 'true' : undefined,
    BGP_ASN: features?.config?.bgpAsn?.toString(),
    ENCAP_PRIORITY: features?.config?.encapPriority,
    GRACEFUL_RESTART: features?.config?.gracefulRestart === true ? 'true' : undefined,
    CONTROL_INTERFACE: features?.control?.controlInterface,
  });
}

function secrets({ access, brokerPassword }: OpenSdn): Record<string, string> {
  return present({
    KEYSTONE_AUTH_ADMIN_USER: access['username'],
    KEYSTONE_AUTH_ADMIN_PASSWORD: access['password'],
    METADATA_PROXY_SECRET: access['metadata_proxy_secret'],
    RABBITMQ_USER: 'opensdn',
    RABBITMQ_PASSWORD: brokerPassword,
  });
}

/** Addresses of the nodes with a part, in the order of their names. */
function addressesOf({ nodes }: OpenSdn, role: NodeRole): string | undefined {
  const addresses = nodes
    .filter(({ labels }) => labels[nodeLabels[role]] === 'enabled')
    .map(({ name, address }) => address ?? name);
  return addresses.length === 0 ? undefined : addresses.join(',');
}

function present(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

function stringData(text: Record<string, string>): { readonly stringData: Record<string, string> } {
  return { stringData: text };
}
