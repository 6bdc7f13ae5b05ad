/** One release of OpenStack, as data: what differs from the one before lives here and nowhere in the services' code. */
export interface OpenStackRelease {
  /** As in `openstack_version`. */
  readonly name: string;
  /** The calendar name, `2025.1`; undefined for those that had none. */
  readonly calendar?: string;
  /**
   * Nova's compute service level (nova/objects/service.py). Antelope, Bobcat and Caracal have 66, Epoxy 68; a release refuses
   * to start beside computes below the level of the oldest release that it supports.
   */
  readonly computeServiceLevel: number;
  /** Oldest compute service level with which this release's control plane starts. */
  readonly oldestComputeServiceLevel: number;
  /** A long-support (SLURP) release: upgrades may skip from one to the next. */
  readonly isLongSupport: boolean;
  /** Tags of images by name; those not listed have the release's own tag. */
  readonly imageTags: Readonly<Record<string, string>>;
  readonly defaultTag: string;
  readonly facts: ReleaseFacts;
}

/** What services ask a release. */
export interface ReleaseFacts {
  /** Neutron is an API under uWSGI beside an RPC server, a maintenance worker and periodic workers. */
  readonly neutronServerIsSplit: boolean;
  /** libvirt's TCG buffer can be limited. */
  readonly knowsTbCacheSize: boolean;
  /** Barbican reads `[database] connection` and no longer `[DEFAULT] sql_connection`. */
  readonly barbicanReadsDatabaseSection: boolean;
  /** designate's API extensions `quotas, reports` are options. */
  readonly designateExtensions: boolean;
  /** The oslo.messaging RabbitMQ driver can use quorum queues for everything. */
  readonly quorumQueues: boolean;
}
