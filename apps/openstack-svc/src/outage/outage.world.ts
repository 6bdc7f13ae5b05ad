import type { NodeOutage } from '@keelson/api';
import type { PowerAnswer } from '@keelson/contracts';
import type { ComputeService, HostNotification, ProtectedHost } from '@keelson/openstack';

/** A pod that is bound to a node. Those of DaemonSets are not among them: they have nowhere else to go. */
export interface BoundPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** It was told to end. */
  readonly isEnding: boolean;
  /** Why another member of its set must not begin elsewhere now, as a sentence. */
  readonly heldBy: string | undefined;
}

/** What the cloud's APIs say of the host. */
export interface CloudView {
  readonly compute: ComputeService | undefined;
  /** Undefined where Masakari does not protect it. */
  readonly protection: ProtectedHost | undefined;
  /** What Masakari was told of this very outage. */
  readonly notification: HostNotification | undefined;
}

export interface OutageWorld {
  readonly now: number;
  readonly outage: NodeOutage;
  readonly node: string;
  /** Since when it is not Ready; milliseconds since the epoch. */
  readonly since: number;
  readonly presence: 'ready' | 'away' | 'gone';
  /** It has been away anew for so long that a new outage must begin, with a time of its own. */
  readonly isAwayAgain: boolean;
  /** What shows, beside the node itself, that it is down. */
  readonly witness: string | undefined;
  /** What the BMC of its server says; undefined where it is not asked, since the node is there or there is another witness. */
  readonly power: PowerAnswer | undefined;
  /** Why nothing may be concluded from nodes that are away now, as a sentence. */
  readonly fence: string | undefined;
  readonly pods: readonly BoundPod[];
  /** Undefined where the node is no compute, or the cloud has none, or it could not be asked. */
  readonly cloud: CloudView | undefined;
  /** Why the cloud's APIs could not be asked. */
  readonly trouble: string | undefined;
}
