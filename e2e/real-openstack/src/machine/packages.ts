/** What a root filesystem of a Debian suite holds. */
export interface DebianSuite {
  readonly suite: 'bookworm' | 'trixie';
  readonly packages: readonly string[];
  /** With the kernel of the guest unpacked below /srv/guest. */
  readonly hasGuestKernel: boolean;
}

const base = [
  'procps',
  'iproute2',
  'iputils-ping',
  'netbase',
  'curl',
  'jq',
  'nftables',
  'iptables',
  'sudo',
  'kmod',
  'socat',
  'uwsgi-core',
  'uwsgi-plugin-python3',
  'python3-pymysql',
  'python3-openstackclient',
  'python3-etcd3gw',
];
const infrastructure = [
  'mariadb-server',
  'mariadb-backup',
  'galera-4',
  'rsync',
  'rabbitmq-server',
  'memcached',
  'etcd-server',
  'libvirt-daemon-system',
  'libvirt-clients',
  'qemu-system-x86',
  'qemu-utils',
  'ovn-central',
  'ovn-host',
  'openvswitch-switch',
  'pdns-server',
  'pdns-backend-mysql',
  'bind9-dnsutils',
  'nginx',
  // For the image of the guest: a kernel's tools, a FAT disk without a loop device.
  'syslinux',
  'syslinux-common',
  'mtools',
  'dosfstools',
  'fdisk',
  'cpio',
  'busybox',
];
/** `haproxy` is what the metadata agent starts and does not depend on. */
const openstack = [
  'keystone',
  'glance-api',
  'placement-api',
  'python3-osc-placement',
  'nova-api',
  'nova-conductor',
  'nova-scheduler',
  'nova-novncproxy',
  'nova-compute-qemu',
  'qemu-utils',
  'neutron-api',
  'neutron-rpc-server',
  'neutron-common',
  'neutron-ovn-metadata-agent',
  'haproxy',
  'openvswitch-switch',
  'cinder-api',
  'cinder-scheduler',
  'cinder-volume',
  'lvm2',
  'tgt',
  'designate-api',
  'designate-central',
  'designate-worker',
  'designate-producer',
  'designate-mdns',
  'python3-designateclient',
];

/** OVN's databases, and what asks them and the machine's rules. */
export const ovnOnly: DebianSuite = {
  suite: 'bookworm',
  packages: ['procps', 'iproute2', 'netbase', 'nftables', 'sudo', 'python3', 'ovn-central', 'openvswitch-switch'],
  hasGuestKernel: false,
};

/** Zed, and everything that no release of OpenStack changes. */
export const bookworm: DebianSuite = {
  suite: 'bookworm',
  packages: [...base, ...infrastructure, ...openstack],
  hasGuestKernel: true,
};

/** Epoxy: OpenStack's own processes only. */
export const trixie: DebianSuite = { suite: 'trixie', packages: [...base, ...openstack], hasGuestKernel: false };
