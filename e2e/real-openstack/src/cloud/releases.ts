import type { OpenStackRelease } from '@keelson/openstack-svc';

/**
 * Releases as Debian has them. They are this lane's own: nobody can deploy them, and what is between them is in no suite of
 * Debian, so that the upgrade is a fast-forward one.
 */

/** Processes that no OpenStack release changes stay where they are. */
const infrastructureTags = Object.fromEntries(
  ['mariadb', 'rabbitmq', 'memcached', 'etcd', 'powerdns', 'openvswitch', 'ovn', 'libvirt', 'nginx'].map((name) => [
    name,
    'bookworm',
  ]),
);

export const zed: OpenStackRelease = {
  name: 'zed',
  calendar: '2022.2',
  computeServiceLevel: 64,
  oldestComputeServiceLevel: 61,
  isLongSupport: false,
  defaultTag: 'bookworm',
  imageTags: infrastructureTags,
  facts: {
    neutronServerIsSplit: false,
    knowsTbCacheSize: false,
    barbicanReadsDatabaseSection: false,
    designateExtensions: true,
    quorumQueues: false,
  },
};

/** Debian's packages of Epoxy have no neutron-server; queues keep the kind that Zed made them of. */
export const epoxyOfDebian: OpenStackRelease = {
  name: 'epoxy',
  calendar: '2025.1',
  computeServiceLevel: 68,
  oldestComputeServiceLevel: 66,
  isLongSupport: true,
  defaultTag: 'trixie',
  imageTags: infrastructureTags,
  facts: {
    neutronServerIsSplit: true,
    knowsTbCacheSize: true,
    barbicanReadsDatabaseSection: true,
    designateExtensions: false,
    quorumQueues: false,
  },
};
