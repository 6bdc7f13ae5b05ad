import { type Cluster, ClusterKind, type HelmBundle, type ObjectKey, SecretKind, labels } from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { type ChildClusters, type ChildView, unseen } from '../child/child-clusters.js';
import { textIn } from '../cluster/cluster.pki.js';
import { kubeconfigSecretOf } from '../names.js';
import type { Charts } from './charts.js';
import { type Installed, keyOfBundle } from './installed.js';
import type { Lack, ReleasesInClusters } from './release-in-cluster.js';
import type { Tries, Try } from './tries.js';

/** Everything the plan of a HelmBundle depends on. */
export interface HelmBundleWorld {
  readonly now: number;
  readonly bundle: HelmBundle;
  /** The cluster that its charts are for, by label or by name. */
  readonly target: ObjectKey;
  readonly cluster: Cluster | undefined;
  /** The cluster's own bundle, which lifecycle-svc has made from its release. */
  readonly isOwn: boolean;
  readonly child: ChildView;
  /** By name of the release; undefined while the cluster's API is silent. */
  readonly installed: ReadonlyMap<string, Installed> | undefined;
  /** What installed releases lack to be ready. */
  readonly lacks: ReadonlyMap<string, Lack>;
  /** Tries that failed. */
  readonly tries: ReadonlyMap<string, Try>;
  /** Why no chart at all can be rendered. */
  readonly cannotRender: Charts['lacks'];
}

export interface HelmBundlePorts {
  readonly children: ChildClusters;
  readonly releases: ReleasesInClusters;
  readonly tries: Tries;
  readonly charts: Charts;
}

/** Its label names the cluster; a bundle without one is that of the cluster of its name. */
export function targetOf({ metadata }: HelmBundle): ObjectKey {
  return { namespace: metadata.namespace, name: metadata.labels?.[labels.clusterName] ?? metadata.name };
}

export async function observeHelmBundle(
  reader: Reader,
  bundle: HelmBundle,
  { children, releases, tries, charts }: HelmBundlePorts,
): Promise<HelmBundleWorld> {
  const target = targetOf(bundle);
  const key = keyOfBundle(bundle);
  const secret = reader.get(SecretKind, { namespace: target.namespace, name: kubeconfigSecretOf(target.name) });
  const kubeconfig = textIn(secret, 'value');
  const child = kubeconfig === undefined ? unseen : await children.view(target, kubeconfig);
  const installed = child.contact.answers ? await releases.installed(target, key) : undefined;
  const lacks = new Map<string, Lack>();
  for (const one of installed?.values() ?? []) {
    const lack = await releases.lackOf(target, one);
    if (lack !== undefined) lacks.set(one.name, lack);
  }
  const failed = bundle.spec.releases.flatMap(({ name }) => {
    const last = tries.of(key, name);
    return last === undefined ? [] : [[name, last] as const];
  });
  return {
    now: reader.now,
    bundle,
    target,
    cluster: reader.get(ClusterKind, target),
    isOwn: target.name === bundle.metadata.name,
    child,
    installed,
    lacks,
    tries: new Map(failed),
    cannotRender: charts.lacks,
  };
}
