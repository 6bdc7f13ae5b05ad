import {
  type Cluster,
  ClusterKind,
  type ConfigMap,
  ConfigMapKind,
  keyOf,
  type ObjectKey,
  type Secret,
  SecretKind,
} from '@keelson/api';
import { accessLabel, accessNamespaceOf, accessSecretOf, accountNamespace, clusterOfAccess } from '@keelson/contracts';
import { input, type Reader, type Reconciler } from '@keelson/reconcile';
import { type ChildClusters, unseen } from '../child/child-clusters.js';
import { textIn } from '../cluster/cluster.pki.js';
import { clusterKeyOf, kubeconfigSecretOf } from '../names.js';
import { accountIn } from './access.account.js';
import { pointOf } from './access.kubeconfig.js';
import { type AccessWorld, planAccess } from './access.plan.js';
import { type AccessPorts, type AccessStep, accessSteps } from './access.steps.js';

/** Gives services their accounts in the clusters, and tokens that are renewed long before they end. */
export function accessReconciler(ports: AccessPorts): Reconciler<Cluster, AccessWorld, AccessStep> {
  return {
    name: 'lifecycle/access',
    kind: ClusterKind,
    summary: 'Gives services their accounts in a cluster, with tokens that are renewed long before they end.',
    inputs: [
      input<ConfigMap>({
        kind: ConfigMapKind,
        selection: { namespaces: [accountNamespace], labelSelector: accessLabel },
        mapToOwn: (_map, reader) => reader.list(ClusterKind).map(keyOf),
      }),
      input<Secret>({
        kind: SecretKind,
        mapToOwn: clusterOf,
        relevant: ({ metadata, data }) => [metadata.annotations, data],
      }),
    ],
    outputs: [{ kind: SecretKind, mode: 'shared', verbs: ['apply'] }],
    polls: [{ system: "the cluster's Kubernetes API, where accounts are made", everySeconds: 600 }],
    concurrency: 4,
    resyncSeconds: 600,
    relevant: ({ metadata, spec }) => [metadata.deletionTimestamp, spec.providerSpec.value?.kaas !== undefined],
    observe: (reader, cluster) => observe(reader, cluster, ports.children),
    plan: planAccess,
    steps: accessSteps(ports),
    status: () => undefined,
  };
}

async function observe(reader: Reader, object: Cluster, children: ChildClusters): Promise<AccessWorld> {
  const cluster = clusterKeyOf(object);
  const { namespace, name } = cluster;
  const accounts = reader.list(ConfigMapKind).map((map) => {
    const account = accountIn(map);
    const key = { namespace: accessNamespaceOf(account.service), name: accessSecretOf(cluster) };
    return { account, secret: reader.get(SecretKind, key) };
  });
  const kubeconfig = textIn(reader.get(SecretKind, { namespace, name: kubeconfigSecretOf(name) }), 'value');
  const isAsked = accounts.length > 0 && kubeconfig !== undefined;
  return {
    now: reader.now,
    cluster,
    isBuiltHere: object.spec.providerSpec.value?.kaas === undefined && object.metadata.deletionTimestamp === undefined,
    point: kubeconfig === undefined ? undefined : pointOf(kubeconfig),
    contact: (isAsked ? await children.view(cluster, kubeconfig) : unseen).contact,
    accounts,
  };
}

/** The administrator's kubeconfig and what services were given, by their names. */
function clusterOf({ metadata: { namespace = '', name, labels = {} } }: Secret): readonly ObjectKey[] {
  if (labels[accessLabel] !== undefined) return [clusterOfAccess(name)];
  const suffix = kubeconfigSecretOf('');
  return name.endsWith(suffix) ? [{ namespace, name: name.slice(0, -suffix.length) }] : [];
}
