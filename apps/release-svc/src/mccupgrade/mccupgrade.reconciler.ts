import {
  type Cluster,
  ClusterKind,
  DeploymentKind,
  KaaSReleaseKind,
  LicenseKind,
  type MCCUpgrade,
  MCCUpgradeKind,
  UnsupportedClustersKind,
  mccUpgradeName,
} from '@keelson/api';
import { type Reconciler, input, leaseNamespace } from '@keelson/reconcile';
import { type MccWorld, observeMcc } from './mccupgrade.observe.js';
import { planMcc } from './mccupgrade.plan.js';
import { mccMachine } from './mccupgrade.states.js';
import { mccEvents } from './mccupgrade.events.js';
import { mccStatus } from './mccupgrade.status.js';
import { type MccStep, mccSteps } from './mccupgrade.steps.js';
import { ownServices } from './services.js';

const theOne = [{ name: mccUpgradeName }];

/** Updates the management cluster to the next release within its schedule, its own services too, and says why it does not. */
export const mccUpgradeReconciler: Reconciler<MCCUpgrade, MccWorld, MccStep> = {
  name: 'release/mccupgrade',
  kind: MCCUpgradeKind,
  summary:
    'Updates the management cluster to the next release within its schedule, its own services one by one, and says why it does not.',
  inputs: [
    input<Cluster>({
      kind: ClusterKind,
      mapToOwn: () => theOne,
      relevant: ({ spec, status }) => [
        spec.providerSpec.value?.kaas,
        status?.providerStatus?.ready,
        spec.providerSpec.value?.maintenance,
        status?.providerStatus?.maintenance,
        status?.providerStatus?.releaseRefs?.current?.name,
        // Of the management cluster only: it is told why that is not ready.
        spec.providerSpec.value?.kaas === undefined ? undefined : status?.progress?.message,
      ],
    }),
    input({ kind: KaaSReleaseKind, mapToOwn: () => theOne }),
    input({ kind: UnsupportedClustersKind, mapToOwn: () => theOne }),
    input({ kind: LicenseKind, mapToOwn: () => theOne }),
    input({ kind: DeploymentKind, selection: ownServices, mapToOwn: () => theOne }),
  ],
  outputs: [
    { kind: MCCUpgradeKind, mode: 'exclusive', verbs: ['status'] },
    { kind: UnsupportedClustersKind, mode: 'exclusive', verbs: ['create', 'status'] },
    { kind: ClusterKind, mode: 'shared', verbs: ['patch'] },
    { kind: KaaSReleaseKind, mode: 'shared', verbs: ['patch'] },
    { kind: DeploymentKind, mode: 'shared', verbs: ['patch'], namespaces: [leaseNamespace] },
  ],
  concurrency: 1,
  resyncSeconds: 600,
  machine: mccMachine,
  observe: observeMcc,
  plan: planMcc,
  steps: mccSteps,
  status: mccStatus,
  events: mccEvents,
};
