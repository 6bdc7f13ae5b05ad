import {
  type Cluster,
  ClusterKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  type ClusterUpdatePlanSpec,
  MCCUpgradeKind,
  type ObjectMeta,
  UpdateGroupKind,
  type UpdateGroupSpec,
  type UpdateStep,
  apiVersionOf,
  keyOf,
  keyText,
  labels,
  mccUpgradeName,
} from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';

export type OfferStep =
  | { readonly type: 'make-schedule' }
  | { readonly type: 'make-group'; readonly cluster: Cluster; readonly name: string; readonly spec: UpdateGroupSpec }
  | { readonly type: 'offer'; readonly cluster: Cluster; readonly name: string; readonly spec: ClusterUpdatePlanSpec }
  | {
      readonly type: 'refresh';
      readonly plan: ClusterUpdatePlan;
      readonly steps: readonly UpdateStep[];
      readonly releaseNotes?: string;
    }
  | { readonly type: 'withdraw'; readonly plan: ClusterUpdatePlan };

export const offerSteps: StepTable<OfferStep> = {
  'make-schedule': {
    describe: () => 'make the MCCUpgrade: the management cluster may update at any hour',
    run: async (_step, writer) => {
      await writer.create(MCCUpgradeKind, {
        apiVersion: apiVersionOf(MCCUpgradeKind),
        kind: MCCUpgradeKind.kind,
        metadata: { name: mccUpgradeName },
        spec: { timeZone: 'UTC', autoDelay: false },
      });
    },
  },
  'make-group': {
    describe: ({ name }) => `make the update group ${name}`,
    run: async ({ cluster, name, spec }, writer) => {
      await writer.create(UpdateGroupKind, {
        apiVersion: apiVersionOf(UpdateGroupKind),
        kind: UpdateGroupKind.kind,
        metadata: ofCluster(cluster, name),
        spec,
      });
    },
  },
  offer: {
    describe: ({ name, spec }) => `offer the update ${name} from ${spec.source} to ${spec.target}`,
    run: async ({ cluster, name, spec }, writer) => {
      await writer.create(ClusterUpdatePlanKind, {
        apiVersion: apiVersionOf(ClusterUpdatePlanKind),
        kind: ClusterUpdatePlanKind.kind,
        metadata: ofCluster(cluster, name),
        spec,
      });
    },
  },
  refresh: {
    describe: ({ plan, steps }) => `bring the ${steps.length} steps of ${keyText(keyOf(plan))} up to date`,
    run: async ({ plan, steps, releaseNotes }, writer) => {
      // With the version: an operator who commences a step meanwhile must not be overwritten.
      const metadata = { resourceVersion: plan.metadata.resourceVersion };
      const spec = { steps, ...(releaseNotes === undefined ? {} : { releaseNotes }) };
      await writer.patch(ClusterUpdatePlanKind, keyOf(plan), { metadata, spec });
    },
  },
  withdraw: {
    describe: ({ plan }) => `withdraw the update ${keyText(keyOf(plan))}, which nobody began`,
    run: ({ plan }, writer) => {
      const { uid, resourceVersion } = plan.metadata;
      return writer.delete(ClusterUpdatePlanKind, keyOf(plan), {
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      });
    },
  },
};

/** Metadata of what belongs to a cluster: found by its label, collected with it. */
function ofCluster({ metadata: { namespace, name: cluster, uid = '' } }: Cluster, name: string): ObjectMeta {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { [labels.clusterName]: cluster },
    ownerReferences: [{ apiVersion: apiVersionOf(ClusterKind), kind: ClusterKind.kind, name: cluster, uid }],
  };
}
