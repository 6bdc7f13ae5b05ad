import type { OpenStackDeploymentStatus } from '@keelson/api';
import type { NodeLockFacts } from '@keelson/mosk';
import type { ComputeService, HostPart, HostVolume, Instance, LiveMigration } from '@keelson/openstack';
import type { Headway } from './drain-memory.js';
import type { Exodus } from './instances.js';
import type { NodeReturn } from './node-return.js';
import type { NodeRole } from './lock-controller.js';
import type { MaintenanceOptions } from './maintenance-options.js';

/** What the compute API says of a node whose turn it is. */
export interface ComputeView {
  readonly exodus: Exodus;
  /** All that are on it, whatever their state. */
  readonly instances: readonly Instance[];
  /** How many instances it had to let go when that began, as far as this process has seen. */
  readonly most: number;
  readonly moves: readonly { readonly migration: LiveMigration; readonly headway: Headway }[];
}

/** Parts of a node that are out of service for its maintenance. Noted before the deed, so that none is forgotten. */
export interface TakenOut {
  readonly parts: readonly HostPart[];
  readonly isDone: boolean;
  /** Agents and volume services that were heard of then, and are to be again before the node is back. */
  readonly heardOf: readonly HostPart[];
}

export interface NodeLockWorld extends NodeLockFacts {
  readonly roles: readonly NodeRole[];
  readonly options: MaintenanceOptions;
  /** The lock says that the node has its turn. */
  readonly isMarked: boolean;
  /** Why it is not let go for the release that the work on it is for. */
  readonly otherRelease: string | undefined;
  /** Why it is not its turn yet. */
  readonly notItsTurn: string | undefined;
  /** It was asked for a moment ago, and waits so long for those that are asked for along with it. Seconds. */
  readonly gathersForSeconds: number;
  /** Clustered services that would lose their quorum with one more member, as sentences. */
  readonly quorums: readonly string[];
  /** The node is a compute of a cloud that has computes. */
  readonly isCompute: boolean;
  readonly cloud: OpenStackDeploymentStatus | undefined;
  /** Volumes on its disks; asked for where the node is to be deleted. */
  readonly volumes: readonly HostVolume[];
  /** Nodes beside it that carry the networks of the cloud to the outside. */
  readonly otherGateways: number;
  /** The cloud has services with parts on hosts, such as agents of neutron. */
  readonly hasParts: boolean;
  readonly takenOut: TakenOut;
  /** Its pods; undefined unless it is to be back in service and is Ready. */
  readonly comeback: NodeReturn | undefined;
  /** Of what was heard of before the maintenance: what is not again. Undefined where the cloud was not asked. */
  readonly silent: readonly HostPart[] | undefined;
  /** Its nova-compute; undefined where there is none, or nobody had to ask. */
  readonly service: ComputeService | undefined;
  /** While it waits for its turn it should take no instances: others have room, and they would have to move twice. */
  readonly isToBeClosed: boolean;
  /** Undefined where the node is no compute, or nothing is asked of it, or it is not its turn. */
  readonly compute: ComputeView | undefined;
  /** Why the compute API could not be asked. */
  readonly trouble: string | undefined;
}
