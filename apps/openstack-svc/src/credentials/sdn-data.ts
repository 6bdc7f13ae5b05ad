import type { Secret } from '@keelson/api';
import type { Cloud } from '../cloud/cloud.js';
import { hasInternalTls, internalAuthority } from '../cloud/internal-tls.js';
import { hosts, internalUrl } from '../conventions/addresses.js';
import { administratorProject, sharedCredentials } from '../conventions/credentials.js';
import { publicPems } from '../conventions/api/public-tls.js';
import { namespaces, sdnExchangeLabel } from '../names.js';
import { internalHost } from '../render/chart.js';
import { valueAt } from '../render/json.js';
import { ingressClass } from '../render/network.js';
import { metadataPort } from '../services/compute/config.js';
import { secretFor } from './secret-of.js';

/** In the namespace of the exchange with OpenSDN. */
export const sdnDataName = 'tf-data';

/**
 * What OpenSDN is told about OpenStack; undefined for a cloud on other networks. Keys are Rockoon's: those of an account as in
 * clouds.yaml, and of JSON in `nodes` and `octavia_mgmt_network`. Ours is `auth_certificate_authority`, who signs for `auth_url`.
 *
 * @throws Failure terminal when a credential or what the spec points at is not there
 */
export function sdnDataSecret(cloud: Cloud): Secret | undefined {
  const { neutron } = cloud.spec.features;
  if (neutron.backend !== 'tungstenfabric') return undefined;
  const pems = publicPems(cloud);
  return secretFor({
    namespace: namespaces.sdn,
    name: sdnDataName,
    labels: { [sdnExchangeLabel]: 'from-openstack' },
    text: {
      ...account(cloud),
      nova_metadata_host: internalHost(cloud, hosts.novaMetadata),
      nova_metadata_port: String(metadataPort),
      metadata_proxy_secret: cloud.secrets.key(sharedCredentials.metadataSecret),
      tunnel_interface: neutron.tunnel_interface ?? '',
      public_domain: cloud.spec.public_domain_name,
      certificate_authority: pems['ca.crt'],
      certificate: pems['tls.crt'],
      private_key: pems['tls.key'],
      ingress_namespace_class: ingressClass,
      octavia_mgmt_network: JSON.stringify(managementNetwork(cloud)),
      nodes: JSON.stringify(ofNodes(cloud)),
    },
  });
}

function account(cloud: Cloud): Record<string, string | undefined> {
  const { username, password } = cloud.secrets.user(sharedCredentials.keystoneAdmin);
  return {
    auth_url: `${internalUrl(cloud, 'keystone')}/v3`,
    username,
    password,
    project_name: administratorProject(cloud.spec),
    user_domain_name: 'Default',
    project_domain_name: 'Default',
    default_domain: 'default',
    region_name: cloud.spec.region_name,
    interface: 'internal',
    auth_certificate_authority: hasInternalTls(cloud) ? internalAuthority(cloud) : undefined,
  };
}

/** The network between Octavia's controllers and amphorae, with what the spec leaves out. */
function managementNetwork({ spec }: Cloud): object {
  const usual = { range: '10.255.0.0/16', pool_start: '10.255.1.0', pool_end: '10.255.255.254' };
  return { name: 'lb-mgmt-net', subnets: [usual], ...spec.features.octavia.lb_network };
}

/** What nodes have of their own in Neutron, by the keys of `spec.nodes`. */
function ofNodes({ spec }: Cloud): Record<string, unknown> {
  const own = Object.entries(spec.nodes).map(([key, node]) => [key, valueAt(node, ['features', 'neutron'])] as const);
  return Object.fromEntries(own.filter(([, neutron]) => neutron !== undefined));
}
