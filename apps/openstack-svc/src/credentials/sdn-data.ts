import type { OpenStackDeploymentSpec, Secret } from '@keelson/api';
import type { Cloud } from '../cloud/cloud.js';
import { mergeSpec } from '../cloud/spec.js';
import { sharedCredentials } from '../conventions/credentials.js';
import { namespaces, sdnExchangeLabel } from '../names.js';
import { ingressClass } from '../render/network.js';

/** What OpenSDN is told about OpenStack; undefined for a cloud on other networks. */
export function sdnDataSecret(spec: OpenStackDeploymentSpec, secrets: Cloud['secrets']): Secret | undefined {
  const merged = mergeSpec(spec);
  const { neutron } = merged.features;
  if (neutron.backend !== 'tungstenfabric') return undefined;
  const { username, password } = secrets.user(sharedCredentials.keystoneAdmin);
  const text: Record<string, string | undefined> = {
    auth_url: `http://keystone-api.${namespaces.cloud}.svc.${merged.internal_domain_name}:5000/v3`,
    username,
    password,
    project_name: 'admin',
    user_domain_name: 'Default',
    project_domain_name: 'Default',
    region_name: merged.region_name,
    metadata_secret: secrets.key(sharedCredentials.metadataSecret),
    tunnel_interface: neutron.tunnel_interface,
    public_domain: merged.public_domain_name,
    ingress_namespace_class: ingressClass,
    octavia_mgmt_network: 'lb-mgmt-net',
  };
  const data = Object.entries(text).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, Buffer.from(value, 'utf8').toString('base64')] as const],
  );
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'tf-data', namespace: namespaces.sdn, labels: { [sdnExchangeLabel]: 'from-openstack' } },
    type: 'Opaque',
    data: Object.fromEntries(data),
  };
}
