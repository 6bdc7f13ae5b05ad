import type { Secret } from '@keelson/api';
import type { Cloud } from '../cloud/cloud.js';
import { internalUrl } from '../conventions/addresses.js';
import { sharedCredentials } from '../conventions/credentials.js';
import { namespaces, sdnExchangeLabel } from '../names.js';
import { ingressClass } from '../render/network.js';
import { secretFor } from './secret-of.js';

/** What OpenSDN is told about OpenStack; undefined for a cloud on other networks. */
export function sdnDataSecret(cloud: Cloud): Secret | undefined {
  const { secrets, spec } = cloud;
  const { neutron } = spec.features;
  if (neutron.backend !== 'tungstenfabric') return undefined;
  const { username, password } = secrets.user(sharedCredentials.keystoneAdmin);
  return secretFor({
    namespace: namespaces.sdn,
    name: 'tf-data',
    labels: { [sdnExchangeLabel]: 'from-openstack' },
    text: {
      auth_url: `${internalUrl(cloud, 'keystone')}/v3`,
      username,
      password,
      project_name: 'admin',
      user_domain_name: 'Default',
      project_domain_name: 'Default',
      region_name: spec.region_name,
      metadata_secret: secrets.key(sharedCredentials.metadataSecret),
      tunnel_interface: neutron.tunnel_interface,
      public_domain: spec.public_domain_name,
      ingress_namespace_class: ingressClass,
      octavia_mgmt_network: 'lb-mgmt-net',
    },
  });
}
