import {
  type Cluster,
  ClusterKind,
  type HelmBundle,
  HelmBundleKind,
  type ObjectKey,
  SecretKind,
  labels,
} from '@keelson/api';
import { type Reader, type Reconciler, input } from '@keelson/reconcile';
import type { Clock, Random } from '@keelson/std';
import type { ChildClusters } from '../child/child-clusters.js';
import { clusterNameOf } from '../membership.js';
import type { Charts } from './charts.js';
import { type HelmBundleWorld, observeHelmBundle, targetOf } from './helmbundle.observe.js';
import { planHelmBundle } from './helmbundle.plan.js';
import { helmBundleMachine } from './helmbundle.states.js';
import { helmBundleStatus } from './helmbundle.status.js';
import { type HelmBundleStep, helmBundleSteps } from './helmbundle.steps.js';
import { keyOfBundle } from './installed.js';
import { ReleasesInClusters } from './release-in-cluster.js';
import { Tries } from './tries.js';

export interface HelmPorts {
  readonly children: ChildClusters;
  readonly charts: Charts;
  readonly clock: Clock;
  readonly random: Random;
}

/** The Helm controller: installs the charts of a bundle in its cluster, in the order of their requirements, and says how they run. */
export function helmBundleReconciler({
  children,
  charts,
  clock,
  random,
}: HelmPorts): Reconciler<HelmBundle, HelmBundleWorld, HelmBundleStep> {
  const tries = new Tries(clock, random);
  const releases = new ReleasesInClusters(children, clock);
  return {
    name: 'lifecycle/helmbundle',
    kind: HelmBundleKind,
    summary:
      'The Helm controller: installs the charts of a bundle in its cluster, in the order of their requirements, and says how they run.',
    inputs: [
      input<Cluster>({
        kind: ClusterKind,
        mapToOwn: ({ metadata }, reader) => bundlesOf(reader, { namespace: metadata.namespace, name: metadata.name }),
        relevant: ({ metadata }) => metadata.deletionTimestamp,
      }),
      input({
        kind: SecretKind,
        mapToOwn: (secret, reader) => {
          const name = secret.metadata.labels?.[labels.provider] === undefined ? undefined : clusterNameOf(secret);
          return name === undefined ? [] : bundlesOf(reader, { namespace: secret.metadata.namespace, name });
        },
      }),
    ],
    outputs: [{ kind: HelmBundleKind, mode: 'shared', verbs: ['patch', 'status'] }],
    polls: [{ system: "the cluster's Kubernetes API", everySeconds: 60 }],
    concurrency: 4,
    resyncSeconds: 60,
    machine: helmBundleMachine,
    observe: (reader, bundle) => observeHelmBundle(reader, bundle, { children, releases, tries, charts }),
    plan: planHelmBundle,
    steps: helmBundleSteps({ releases, charts, tries }),
    status: helmBundleStatus,
    events: (_world, { outcome }) =>
      outcome.type === 'blocked' || (outcome.type === 'waiting' && outcome.on.kind === 'Chart')
        ? [{ type: 'Warning', reason: outcome.reason, message: outcome.message }]
        : [],
  };
}

function bundlesOf(reader: Reader, cluster: ObjectKey): readonly ObjectKey[] {
  return reader
    .list(HelmBundleKind, cluster.namespace)
    .filter((bundle) => targetOf(bundle).name === cluster.name)
    .map(keyOfBundle);
}
