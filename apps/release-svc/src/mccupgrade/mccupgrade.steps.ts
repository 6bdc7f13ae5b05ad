import {
  annotations,
  type Cluster,
  ClusterKind,
  DeploymentKind,
  type KaaSRelease,
  KaaSReleaseKind,
  type UnsupportedCluster,
  UnsupportedClustersKind,
  apiVersionOf,
  keyOf,
  labels,
  unsupportedClustersName,
} from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import { rfc3339 } from '@keelson/std';
import type { ServiceRoll } from './services.js';

export type MccStep =
  | { readonly type: 'begin'; readonly management: Cluster; readonly release: KaaSRelease }
  | { readonly type: 'roll'; readonly service: ServiceRoll; readonly now: number }
  | { readonly type: 'label'; readonly release: KaaSRelease; readonly isActive: boolean }
  | { readonly type: 'list-unsupported'; readonly clusters: readonly UnsupportedCluster[]; readonly isNew: boolean };

export const mccSteps: StepTable<MccStep> = {
  begin: {
    describe: ({ release }) => `move the management cluster to ${release.spec.version}`,
    run: async ({ management, release }, writer) => {
      // With the version: what an operator changed since the decision must be looked at first.
      const metadata = { resourceVersion: management.metadata.resourceVersion };
      const value = { release: release.spec.clusterRelease, kaas: { release: release.metadata.name } };
      await writer.patch(ClusterKind, keyOf(management), { metadata, spec: { providerSpec: { value } } });
    },
  },
  roll: {
    describe: ({ service: { deployment, wantedVersion } }) => `move ${deployment.metadata.name} to ${wantedVersion}`,
    run: async ({ service: { deployment, containers }, now }, writer) => {
      // A list is replaced as a whole: not over what somebody changed since.
      const { resourceVersion } = deployment.metadata;
      const metadata = { resourceVersion, annotations: { [annotations.rolledAt]: rfc3339(now) } };
      await writer.patch(DeploymentKind, keyOf(deployment), { metadata, spec: { template: { spec: { containers } } } });
    },
  },
  label: {
    describe: ({ release, isActive }) =>
      `${isActive ? 'mark' : 'unmark'} ${release.metadata.name} as the release in use`,
    run: async ({ release, isActive }, writer) => {
      await writer.patch(KaaSReleaseKind, keyOf(release), {
        metadata: { labels: { [labels.active]: isActive ? 'true' : null } },
      });
    },
  },
  'list-unsupported': {
    describe: ({ clusters }) => `list ${clusters.length} clusters that the next release does not support`,
    run: async ({ clusters, isNew }, writer) => {
      const name = unsupportedClustersName;
      if (isNew)
        await writer.create(UnsupportedClustersKind, {
          apiVersion: apiVersionOf(UnsupportedClustersKind),
          kind: UnsupportedClustersKind.kind,
          metadata: { name },
          spec: {},
        });
      await writer.patch(UnsupportedClustersKind, { name }, { status: { clusters } }, { subresource: 'status' });
    },
  },
};
