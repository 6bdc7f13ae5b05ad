import type { TFOperator } from '@keelson/api';
import type { OpenSdn } from './opensdn.js';

const control = { tfconfig: 'enabled', tfcontrol: 'enabled', tfwebui: 'enabled', tfconfigdb: 'enabled' };

/** OpenSDN on three nodes of the control plane and two computes, with the spec's defaults and what is given over them. */
export function anOpenSdn(spec: Partial<TFOperator['spec']> = {}, over: Partial<OpenSdn> = {}): OpenSdn {
  return {
    name: 'openstack-tf',
    namespace: 'tf',
    spec: { tfVersion: '24.1', dataStorageClass: 'tungstenfabric-operator-bind-mounts', ...spec },
    access: {
      auth_url: 'http://keystone-api:5000/v3',
      username: 'admin',
      password: '(secret)',
      metadata_proxy_secret: '(secret)',
      nova_metadata_host: 'nova-metadata.openstack.svc.cluster.local',
      nova_metadata_port: '8775',
      tunnel_interface: 'tun',
      certificate_authority: '(authority)',
      certificate: '(certificate)',
      private_key: '(secret)',
      nodes: '{}',
    },
    brokerPassword: '(secret)',
    nodes: [
      ...[1, 2, 3].map((n) => ({ name: `control-${n}`, labels: control, address: `10.0.0.${n}` })),
      ...[1, 2].map((n) => ({ name: `compute-${n}`, labels: { tfvrouter: 'enabled' }, address: undefined })),
    ],
    membersBefore: 0,
    images: undefined,
    ...over,
  };
}
