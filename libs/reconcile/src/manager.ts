import type { ObjectKey } from '@keelson/api';
import type { Bus } from '@keelson/bus';
import type { PlanAnswer, Transition, WhyAnswer } from '@keelson/contracts';
import type { KubeApi } from '@keelson/kube';
import type { Clock, Log, Random } from '@keelson/std';
import type { Records } from '@keelson/store';
import type { ReconcileMetrics } from './metrics.js';
import type { AnyReconciler } from './reconciler.js';
import { ServiceManager } from './service-manager.js';

export interface ManagerOptions {
  /** Such as `baremetal-svc`. */
  readonly service: string;
  readonly reconcilers: readonly AnyReconciler[];
  readonly api: KubeApi;
  readonly bus: Bus;
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Who this process is among those that want the lease; needed with `leaderElection`. */
  readonly identity?: string;
  /** Reconciles only while holding the Lease `<service>` in `keelson-system`; always unless given. */
  readonly leaderElection?: boolean;
  /** Until it resolves the service stands by: it sees and answers, and changes nothing. At once unless given. */
  readonly mayLead?: Promise<void>;
  readonly metrics?: ReconcileMetrics;
  /**
   * Told what a reconciler does that its own state table forbids: a move that is not in it, or a pass that is settled in a
   * state that is not one of rest, so that nothing would be waited for. Once for each object and state. Logged unless given.
   */
  readonly onFault?: (fault: string) => void;
}

/** The reconcilers of one service at work. */
export interface Manager {
  /** Resolves once the caches are full and reconciling has begun, or the lease is sought. */
  start(): Promise<void>;
  /** Ends what is in work, at the latest after half a minute, and gives the lease back. */
  stop(): Promise<void>;
  /** What is missing to be of use, as a sentence for /readyz; undefined when nothing is. */
  lacks(): string | undefined;
  /**
   * What would be done to an object now, as sentences.
   *
   * @throws Failure notFound; whatever observing throws
   */
  plan(kind: string, key: ObjectKey): Promise<PlanAnswer>;
  /** What an object waits for, link by link, across services. */
  why(kind: string, key: ObjectKey): Promise<WhyAnswer>;
  /** Every state an object was in, oldest first. */
  history(kind: string, key: ObjectKey, limit?: number): Promise<Transition[]>;
  /** Looks at an object soon: for news and callbacks, which only make things early. */
  wake(kind: string, key: ObjectKey): void;
}

/** The controller kit: runs the reconcilers of a service against an API, a bus and a record store. */
export function createManager(options: ManagerOptions): Manager {
  return new ServiceManager(options);
}
