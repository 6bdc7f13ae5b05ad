import type { Cloud } from '../cloud/cloud.js';
import { hasInternalTls } from '../cloud/internal-tls.js';
import { chartOf, internalHost, publicHost, replicasOf } from '../render/chart.js';

/** What one service must know of another: the name of its Service, its port, what stands after it in the catalogue. */
export interface Address {
  /** Kubernetes Service. */
  readonly host: string;
  readonly port: number;
  /** First part of the public host name. */
  readonly publicName: string;
  /** Path in the catalogue; `%(project_id)s` is put in by keystone. */
  readonly path: string;
}

/** Addresses of all APIs, by project. Ports and catalogue paths are the projects' own. */
export const addresses = {
  keystone: { host: 'keystone-api', port: 5000, publicName: 'keystone', path: '/v3' },
  glance: { host: 'glance-api', port: 9292, publicName: 'glance', path: '' },
  placement: { host: 'placement-api', port: 8778, publicName: 'placement', path: '' },
  nova: { host: 'nova-api', port: 8774, publicName: 'nova', path: '/v2.1' },
  neutron: { host: 'neutron-server', port: 9696, publicName: 'neutron', path: '' },
  cinder: { host: 'cinder-api', port: 8776, publicName: 'cinder', path: '/v3/%(project_id)s' },
  designate: { host: 'designate-api', port: 9001, publicName: 'designate', path: '' },
  heat: { host: 'heat-api', port: 8004, publicName: 'heat', path: '/v1/%(project_id)s' },
  'heat-cfn': { host: 'heat-cfn', port: 8000, publicName: 'cloudformation', path: '/v1' },
  octavia: { host: 'octavia-api', port: 9876, publicName: 'octavia', path: '' },
  barbican: { host: 'barbican-api', port: 9311, publicName: 'barbican', path: '' },
  manila: { host: 'manila-api', port: 8786, publicName: 'manila', path: '/v2' },
  ironic: { host: 'ironic-api', port: 6385, publicName: 'ironic', path: '' },
  masakari: { host: 'masakari-api', port: 15868, publicName: 'masakari', path: '/v1/%(project_id)s' },
  aodh: { host: 'aodh-api', port: 8042, publicName: 'aodh', path: '' },
  gnocchi: { host: 'gnocchi-api', port: 8041, publicName: 'gnocchi', path: '' },
  aetos: { host: 'aetos-api', port: 8780, publicName: 'aetos', path: '' },
  'ceph-rgw': { host: 'ceph-rgw', port: 8088, publicName: 'openstack-store', path: '/swift/v1' },
} as const satisfies Readonly<Record<string, Address>>;
export type AddressName = keyof typeof addresses;

/** Which service of the cloud, by its name in `features.services`, answers at which address. */
export const servedBy: Readonly<Record<AddressName, string>> = {
  keystone: 'identity',
  glance: 'image',
  placement: 'placement',
  nova: 'compute',
  neutron: 'networking',
  cinder: 'block-storage',
  designate: 'dns',
  heat: 'orchestration',
  'heat-cfn': 'orchestration',
  octavia: 'load-balancer',
  barbican: 'key-manager',
  manila: 'shared-file-system',
  ironic: 'baremetal',
  masakari: 'instance-ha',
  aodh: 'alarming',
  gnocchi: 'metric',
  aetos: 'metric-storage',
  'ceph-rgw': 'object-storage',
};

/** Addresses that a cloud answers at. */
export function addressesOf(cloud: Pick<Cloud, 'spec'>): readonly AddressName[] {
  const names = Object.keys(addresses).filter((name): name is AddressName => name in addresses);
  return names.filter((name) => cloud.spec.features.services.includes(servedBy[name]));
}

/** Services that are not OpenStack's. */
export const hosts = {
  database: 'mariadb',
  memcached: 'memcached',
  etcd: 'etcd',
  redis: 'redis-sentinel',
  prometheus: 'openstack-prometheus-server',
  novaMetadata: 'nova-metadata',
  novncproxy: 'nova-novncproxy',
  ovnNorthbound: 'ovn-ovsdb-nb',
  ovnSouthbound: 'ovn-ovsdb-sb',
} as const;

/** `https://keystone-api.openstack.svc.cluster.local:5000`, without the catalogue's path. */
export function internalUrl(cloud: Cloud, name: AddressName): string {
  const { host, port } = addresses[name];
  return `${isBehindProxy(cloud, name) ? 'https' : 'http'}://${internalHost(cloud, host)}:${port}`;
}

/** True where TLS ends beside the API. The gateway of objects is Ceph's own. */
export function isBehindProxy(cloud: Pick<Cloud, 'spec'>, name: AddressName): boolean {
  return name !== 'ceph-rgw' && hasInternalTls(cloud);
}

/** `https://keystone.<public domain>`, without the catalogue's path. */
export function publicUrl(cloud: Cloud, name: AddressName): string {
  return `https://${publicHost(cloud, addresses[name].publicName)}`;
}

/** host:port of every memcached pod, so that all clients spread their keys over all of them in the same way. */
export function memcachedServers(cloud: Cloud): string {
  const count = replicasOf(chartOf(cloud, 'memcached', 'memcached', 'infra'), 'server');
  const discovery = internalHost(cloud, hosts.memcached);
  return Array.from({ length: count }, (_, index) => `memcached-memcached-${index}.${discovery}:11211`).join(',');
}
