import type { ConfigMap, KubeObject, OpenStackDeployment, OpenStackDeploymentStatus } from '@keelson/api';
import type { PodTrouble } from '@keelson/mosk';
import type { RestoreState } from './restore.js';
import type { Failure } from '@keelson/std';
import type { Prerequisite, UpgradeStep } from '../cloud/service.js';
import type { Rotation } from '../credentials/rotation.js';

/** An object of a service, as it is to be and as it is. */
export interface Item {
  readonly wanted: KubeObject;
  readonly live: KubeObject | undefined;
  /** The live object is what is wanted, as far as what is wanted says. */
  readonly isCurrent: boolean;
}

export interface WorldStage {
  readonly name: string;
  readonly until: 'applied' | 'complete' | 'ready';
  readonly timeoutSeconds: number;
  readonly items: readonly Item[];
}

export interface WorldService {
  readonly name: string;
  readonly needs: readonly string[];
  readonly upgrade: readonly UpgradeStep[];
  /** It is applied with its CronJobs suspended while an upgrade is under way. */
  readonly pausedByUpgrade: boolean;
  readonly stages: readonly WorldStage[];
  /** Jobs of operations; applied only when an upgrade step runs them. */
  readonly onDemand: readonly Item[];
  /** Before credentials change places, and after everything uses the new ones; both empty while none is rotated. */
  readonly opening: readonly WorldStage[];
  readonly closing: readonly WorldStage[];
  /** What is not there yet and must be before it is applied for the first time. */
  readonly lacks: Prerequisite | undefined;
  /** What of the spec it cannot be rendered from; then it has no stages and keeps what it has. */
  readonly failure: Failure | undefined;
  /** Digest of all that is rendered. */
  readonly fingerprint: string;
}

/** What is wanted of the cloud and cannot be known yet or at all, with whom it lies. */
export interface Obstacle {
  readonly sort: 'waiting' | 'blocked';
  readonly kind: string;
  /** The cloud's own when left out. */
  readonly namespace?: string;
  readonly name: string;
  readonly reason: string;
  readonly message: string;
}

/** That authorities of amphorae are being rotated, or are to be; another reconciler leads that. */
export interface AmphoraeInWork {
  readonly task: string;
  /** What an operator must see to. */
  readonly trouble: string | undefined;
}

/** Everything the apply of a cloud depends on. */
export interface RolloutWorld {
  readonly now: number;
  readonly object: OpenStackDeploymentStatus;
  readonly deployment: OpenStackDeployment | undefined;
  /** Digest of the spec. */
  readonly fingerprint: string;
  /** Paths of what of it is not as the status has it; undefined when nothing is, or the spec before is not known. */
  readonly specChanges: readonly string[] | undefined;
  /** In order; empty when there is an obstacle. */
  readonly services: readonly WorldService[];
  /** What keeps pods of workloads that are waited for from running, by the identity of the workload. */
  readonly troubles: ReadonlyMap<string, PodTrouble>;
  /** Objects of the cloud that nobody wants any more. */
  readonly orphans: readonly KubeObject[];
  readonly obstacle: Obstacle | undefined;
  /** What could not be rendered. */
  readonly failure: Failure | undefined;
  readonly rotation: Rotation;
  readonly amphorae?: AmphoraeInWork | undefined;
  /** How far a restore of the database is; undefined while there is none. */
  readonly restore: RestoreState | undefined;
  /** Pods of the database, those that are ending included. */
  readonly membersOfDatabase: number;
  /** When credentials were last rotated, RFC 3339, by group. */
  readonly rotated: Readonly<Record<string, string>>;
  /** Cluster release that the controller belongs to, `<cluster>+<mosk>`. */
  readonly release: string | undefined;
  /** Order of a release to be written down: work on the cluster asks for it, and it holds when that is over. */
  readonly toOrder: string | undefined;
  /** What that release brings, where it is not written down yet. */
  readonly toKeep: ConfigMap | undefined;
  /** Who applies. */
  readonly host: string;
}
