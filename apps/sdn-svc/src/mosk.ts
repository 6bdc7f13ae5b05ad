import { clusterLockReconciler, type FindRelease, locksReconciler, nodeLockReconciler } from '@keelson/mosk';
import type { AnyReconciler } from '@keelson/reconcile';
import { clusterLockRules } from './locks/clusterlock.rules.js';
import { lockController } from './locks/lock-controller.js';
import { nodeLockRules } from './locks/nodelock.rules.js';
import { migrationReconciler } from './migration/migration.reconciler.js';
import type { NetworkApiOf } from './migration/networks.js';
import { operatorReconciler } from './operator/operator.reconciler.js';
import { partReconcilers } from './parts/part.reconciler.js';
import { proposalReconciler } from './proposal/proposal.reconciler.js';

/** What the reconcilers of a MOSK cluster need beside its API. */
export interface MoskPorts {
  /** Cluster release of the MOSK cluster, `<cluster>+<mosk>`; undefined while unknown. */
  readonly release: () => string | undefined;
  readonly findRelease: FindRelease;
  readonly networkApiOf: NetworkApiOf;
}

/** Every reconciler that runs on the API of a MOSK cluster, one a line. */
export function mosk(ports: MoskPorts): readonly AnyReconciler[] {
  return [
    proposalReconciler(),
    operatorReconciler(ports),
    ...partReconcilers(),
    locksReconciler(lockController),
    clusterLockReconciler(lockController, clusterLockRules),
    nodeLockReconciler(lockController, nodeLockRules),
    migrationReconciler(ports.networkApiOf),
  ];
}
