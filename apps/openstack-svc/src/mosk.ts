import { clusterLockReconciler, locksReconciler, nodeLockReconciler } from '@keelson/mosk';
import type { AnyReconciler } from '@keelson/reconcile';
import type { AmphoraApiOf } from './amphorae/amphora-api.js';
import { amphoraReconciler } from './amphorae/amphorae.reconciler.js';
import { balancerReconciler } from './balancer/balancer.reconciler.js';
import type { CloudLoadOf } from './balancer/cloud-load.js';
import { deploymentReconciler } from './deployment/deployment.reconciler.js';
import { exporterReconciler, type NoteFigures } from './exporter/exporter.reconciler.js';
import { galeraReconciler } from './galera/galera.reconciler.js';
import { hiddenSpecReconciler } from './hidden/hidden.reconciler.js';
import { healthReconciler } from './health/health.reconciler.js';
import { clusterLockRules } from './locks/clusterlock.rules.js';
import { farewellOver } from './locks/farewell.js';
import { lockController } from './locks/lock-controller.js';
import type { HypervisorsOf } from './locks/nodelock.observe.js';
import { nodeLockRules } from './locks/nodelock.rules.js';
import { migrationHoldReconciler } from './migration/migration.reconciler.js';
import type { AskMember } from './ovn/member-report.js';
import type { OutagePorts } from './outage/outage.observe.js';
import { outageReconciler } from './outage/outage.reconciler.js';
import { outagesReconciler } from './outage/outages.reconciler.js';
import { ovnReconciler } from './ovn/ovn.reconciler.js';
import type { CloudApis } from './probes/cloud-apis.js';
import { LatestChecks } from './probes/latest.js';
import { probesReconciler } from './probes/probes.reconciler.js';
import type { RolloutPorts } from './rollout/rollout.observe.js';
import { rolloutReconciler } from './rollout/rollout.reconciler.js';
import { removalReconciler } from './removal/removal.reconciler.js';
import { cloudServices } from './services/index.js';

/** What the reconcilers of a MOSK cluster need beside its API. */
export interface MoskPorts extends RolloutPorts, OutagePorts {
  readonly hypervisorsOf: HypervisorsOf;
  readonly amphoraApiOf: AmphoraApiOf;
  readonly cloudLoadOf: CloudLoadOf;
  readonly apis: CloudApis;
  readonly askMember: AskMember;
  readonly noteFigures: NoteFigures;
}

/** Every reconciler that runs on the API of a MOSK cluster, one a line. */
export function mosk(ports: MoskPorts): readonly AnyReconciler[] {
  const latest = new LatestChecks((application) => application !== 'ovn');
  const ovn = new LatestChecks((application) => application === 'ovn');
  return [
    hiddenSpecReconciler(),
    deploymentReconciler(ports.renderer),
    removalReconciler(),
    rolloutReconciler(ports),
    probesReconciler({ apis: ports.apis, services: cloudServices, latest }),
    healthReconciler([latest, ovn], ports.podsOf),
    exporterReconciler(ports.noteFigures, latest),
    galeraReconciler(),
    ovnReconciler({ askMember: ports.askMember, latest: ovn }),
    amphoraReconciler(ports),
    migrationHoldReconciler(),
    balancerReconciler(ports.cloudLoadOf),
    outagesReconciler(),
    outageReconciler(ports),
    locksReconciler(lockController, farewellOver(ports)),
    clusterLockReconciler(lockController, clusterLockRules),
    nodeLockReconciler(lockController, nodeLockRules(ports)),
  ];
}
