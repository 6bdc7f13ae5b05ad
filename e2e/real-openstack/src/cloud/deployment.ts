/** The services that the lane runs. The rest of the preset is rendered and left: there are no packages of it, or no users. */
export const laneServices = [
  'database',
  'messaging',
  'memcached',
  'coordination',
  'identity',
  'image',
  'placement',
  'networking',
  'compute',
  'block-storage',
  'dns',
] as const;

export const cloudName = 'osh';
export const namespace = 'openstack';
export const domain = 'cluster.local';

/** What differs from run to run. */
export interface SpecChoices {
  /** Log level of keystone, which a change of configuration changes. */
  readonly keystoneLogLevel?: 'DEBUG' | 'INFO';
  readonly workarounds?: Readonly<Record<string, unknown>>;
}

/**
 * The OpenStackDeployment of the lane's cloud. Raw values only say what this machine is: small, without KVM, without the
 * kernel's switch and without device-mapper.
 */
export function deploymentSpec({ keystoneLogLevel = 'INFO', workarounds }: SpecChoices = {}): Record<string, unknown> {
  return {
    openstack_version: 'epoxy',
    preset: 'core',
    size: 'single',
    public_domain_name: 'cloud.example.org',
    internal_domain_name: domain,
    features: {
      services: ['block-storage', 'dns'],
      logging: { keystone: { level: keystoneLogLevel } },
      network_policies: { enabled: false },
      nova: { vcpu_type: 'qemu64', console: { novnc: { enabled: true } } },
      neutron: { backend: 'ml2/ovn', external_networks: [] },
      cinder: { volume: { backends: { share: { values: { conf: { cinder: { nfs: nfsBackend } } } } } } },
    },
    services: {
      database: { mariadb: { values: { conf: { database: { mysqld: smallDatabase } } } } },
      dns: { designate: { values: { conf: { designate: { coordination } } } } },
      'block-storage': { cinder: { values: { conf: { cinder: { coordination } } } } },
      networking: { openvswitch: { values: { conf: { openvswitch: userspaceSwitch } } } },
      compute: {
        nova: {
          values: {
            conf: {
              nova: {
                libvirt: { virt_type: 'qemu', num_pcie_ports: 8 },
                ...(workarounds === undefined ? {} : { workarounds }),
              },
            },
          },
        },
      },
    },
  };
}

/** Debian's tooz and etcd3gw do not fit each other: etcd runs, and nobody meets there. */
const coordination = { backend_url: `memcached://memcached-memcached-0.memcached.${namespace}.svc.${domain}:11211` };

const smallDatabase = {
  innodb_buffer_pool_size: '128M',
  innodb_log_file_size: '48M',
  innodb_doublewrite: 0,
  innodb_flush_log_at_trx_commit: 0,
  performance_schema: 'off',
};

/** Frames between guests and TCP need their checksums made where no hardware makes them. */
const userspaceSwitch = { datapath_type: 'netdev', other_config: { 'userspace-tso-enable': true } };

/** A directory of the node as a share of its own: mount.nfs of the lane's images binds it. */
const nfsBackend = {
  volume_driver: 'cinder.volume.drivers.nfs.NfsDriver',
  nfs_shares_config: '/var/lib/cinder/nfs_shares',
  nfs_mount_point_base: '/var/lib/cinder/mnt',
  nas_secure_file_operations: false,
  nas_secure_file_permissions: false,
  nfs_sparsed_volumes: true,
  nfs_snapshot_support: false,
};
