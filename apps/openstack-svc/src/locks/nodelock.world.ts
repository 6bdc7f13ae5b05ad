import type { OpenStackDeploymentStatus } from '@keelson/api';
import type { NodeLockFacts } from '@keelson/mosk';
import type { ComputeService } from '@keelson/openstack';
import type { NodeRole } from './lock-controller.js';
import type { Exodus } from './instances.js';

/** What the compute API says of a node; undefined parts were not needed. */
export interface ComputeView {
  readonly service: ComputeService | undefined;
  /** Zones of other computes that are released. */
  readonly releasedZones: readonly string[];
  readonly exodus: Exodus | undefined;
  readonly count: number;
  /** How many instances it had to let go when that began, as far as this process has seen. */
  readonly most: number;
}

export interface NodeLockWorld extends NodeLockFacts {
  readonly roles: readonly NodeRole[];
  /** Other locks of ours that are released, with the parts of their nodes. */
  readonly released: readonly { readonly node: string; readonly roles: readonly NodeRole[] }[];
  /** Clustered services that would lose their quorum with one more member, as sentences. */
  readonly quorums: readonly string[];
  readonly cloud: OpenStackDeploymentStatus | undefined;
  /** Undefined where the node is no compute, or nothing is asked of it. */
  readonly compute: ComputeView | undefined;
  /** Why the compute API could not be asked. */
  readonly trouble: string | undefined;
}
