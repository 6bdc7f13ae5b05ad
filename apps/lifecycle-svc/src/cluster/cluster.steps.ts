import {
  type Cluster,
  ClusterDeploymentStatusKind,
  type HelmBundle,
  HelmBundleKind,
  IPaddrKind,
  type Kind,
  LCMClusterKind,
  type LCMClusterSpec,
  type ObjectKey,
  type ObjectMeta,
  SecretKind,
  type UpgradeStages,
  annotations,
  apiVersionOf,
  bareMetalProvider,
  configurationOf,
  finalizers,
  keyText,
  labels,
} from '@keelson/api';
import type { StepTable, Writer } from '@keelson/reconcile';
import { type CertificateOptions, type KeyAndCertificate, createAuthority, issueCertificate } from '@keelson/std';
import type { ChildClusters } from '../child/child-clusters.js';
import { currentStage } from '../stages/stages.js';
import { apiAddressOf, authoritySecretOf, deploymentSecretOf, kubeconfigSecretOf } from '../names.js';
import { authorityDays, backdateMs, kubeconfigText, leafAnnotations } from './cluster.pki.js';

export type RemovableKind = 'ClusterDeploymentStatus' | 'HelmBundle' | 'LCMCluster' | 'IPaddr' | 'Secret';

/** The vocabulary of Cluster. Steps that sign carry the authority's key: nothing prints them but `describe`. */
export type ClusterStep =
  | { readonly type: 'hold'; readonly cluster: Cluster }
  | { readonly type: 'ask-for-address'; readonly cluster: Cluster; readonly subnet: string }
  | { readonly type: 'make-authority'; readonly cluster: Cluster }
  | (Issue & { readonly type: 'issue-deployment' })
  | {
      readonly type: 'share-authority';
      readonly cluster: Cluster;
      readonly certPem: string;
      readonly purpose: string;
      readonly now: number;
    }
  | (Issue & { readonly type: 'issue-kubeconfig'; readonly server: string })
  | { readonly type: 'apply-lcmcluster'; readonly cluster: Cluster; readonly spec: Partial<LCMClusterSpec> }
  | { readonly type: 'apply-helmbundle'; readonly cluster: Cluster; readonly spec: HelmBundle['spec'] }
  | { readonly type: 'tell-stages'; readonly cluster: Cluster; readonly stages: UpgradeStages }
  | { readonly type: 'disconnect'; readonly cluster: ObjectKey }
  | { readonly type: 'remove'; readonly kind: RemovableKind; readonly key: ObjectKey }
  | { readonly type: 'release'; readonly cluster: Cluster };

interface Issue {
  readonly cluster: Cluster;
  readonly authority: KeyAndCertificate;
  readonly purpose: string;
  readonly options: CertificateOptions;
  readonly now: number;
}

const removable: Readonly<Record<RemovableKind, Kind>> = {
  ClusterDeploymentStatus: ClusterDeploymentStatusKind,
  HelmBundle: HelmBundleKind,
  LCMCluster: LCMClusterKind,
  IPaddr: IPaddrKind,
  Secret: SecretKind,
};

export function clusterSteps(children: ChildClusters, now: () => number): StepTable<ClusterStep> {
  return {
    hold: {
      describe: ({ cluster }) => `put the finalizer on cluster ${cluster.metadata.name}`,
      run: ({ cluster }, writer) => writer.addFinalizer(cluster, finalizers.cluster),
    },
    'ask-for-address': {
      describe: ({ cluster, subnet }) =>
        `ask for the address of the API of ${cluster.metadata.name} in subnet ${subnet}`,
      run: ({ cluster, subnet }, writer) => askForAddress(cluster, subnet, writer),
    },
    'make-authority': {
      describe: ({ cluster }) => `make the certificate authority of ${cluster.metadata.name}`,
      run: ({ cluster }, writer) => makeAuthority(cluster, now(), writer),
    },
    'issue-deployment': {
      describe: ({ cluster, options }) =>
        `issue the certificate of the API of ${cluster.metadata.name} for ${options.ipAddresses?.join(', ') ?? 'no address'}`,
      run: ({ cluster, authority, options, purpose, now: at }, writer) => {
        const { certPem, keyPem } = issueCertificate(authority, options);
        const data = { 'ca.crt': authority.certPem, 'tls.crt': certPem, 'tls.key': keyPem };
        return applySecret(
          writer,
          cluster,
          deploymentSecretOf(cluster.metadata.name, 'control'),
          'deployment',
          leafAnnotations(purpose, at),
          data,
        );
      },
    },
    'share-authority': {
      describe: ({ cluster }) => `let the workers of ${cluster.metadata.name} know its certificate authority`,
      run: ({ cluster, certPem, purpose, now: at }, writer) =>
        applySecret(
          writer,
          cluster,
          deploymentSecretOf(cluster.metadata.name, 'worker'),
          'deployment',
          leafAnnotations(purpose, at),
          { 'ca.crt': certPem },
        ),
    },
    'issue-kubeconfig': {
      describe: ({ cluster, server }) => `write the kubeconfig of ${cluster.metadata.name} for ${server}`,
      run: ({ cluster, authority, options, purpose, server, now: at }, writer) => {
        const value = kubeconfigText(
          cluster.metadata.name,
          server,
          authority.certPem,
          issueCertificate(authority, options),
        );
        return applySecret(
          writer,
          cluster,
          kubeconfigSecretOf(cluster.metadata.name),
          'kubeconfig',
          leafAnnotations(purpose, at),
          { value },
        );
      },
    },
    'apply-lcmcluster': {
      describe: ({ cluster, spec }) =>
        `write the LCMCluster ${cluster.metadata.name} for release ${spec.release ?? 'unknown'}`,
      run: async ({ cluster, spec }, writer) => {
        await writer.apply(
          LCMClusterKind,
          configurationOf(LCMClusterKind, { metadata: madeFor(cluster, cluster.metadata.name), spec }),
          { force: true },
        );
      },
    },
    'apply-helmbundle': {
      describe: ({ cluster, spec }) =>
        `write the HelmBundle ${cluster.metadata.name} with ${spec.releases.length} releases`,
      run: async ({ cluster, spec }, writer) => {
        const bundle = { metadata: madeFor(cluster, cluster.metadata.name), spec };
        await writer.apply(HelmBundleKind, configurationOf(HelmBundleKind, bundle), { force: true });
      },
    },
    'tell-stages': {
      describe: ({ cluster, stages }) => `show the making of ${cluster.metadata.name} at: ${currentStage(stages)}`,
      run: async ({ cluster, stages: { release, stages } }, writer) => {
        const status = { metadata: madeFor(cluster, cluster.metadata.name), release, stages };
        await writer.apply(ClusterDeploymentStatusKind, configurationOf(ClusterDeploymentStatusKind, status), {
          force: true,
        });
      },
    },
    disconnect: {
      describe: ({ cluster }) => `end the connection to the API of ${keyText(cluster)}`,
      run: async ({ cluster }) => children.close(cluster),
    },
    remove: {
      describe: ({ kind, key }) => `remove ${kind} ${keyText(key)}`,
      run: ({ kind, key }, writer) => writer.delete(removable[kind], key),
    },
    release: {
      describe: ({ cluster }) => `take the finalizer off cluster ${cluster.metadata.name}`,
      run: ({ cluster }, writer) => writer.removeFinalizer(cluster, finalizers.cluster),
    },
  };
}

async function askForAddress(cluster: Cluster, subnet: string, writer: Writer): Promise<void> {
  const address = { metadata: madeFor(cluster, apiAddressOf(cluster.metadata.name)), spec: { subnetRef: subnet } };
  await writer.apply(IPaddrKind, configurationOf(IPaddrKind, address), { force: true });
}

/** Created, never applied: of two that come at once the second must not put another authority in the place of the first. */
async function makeAuthority(cluster: Cluster, now: number, writer: Writer): Promise<void> {
  const { namespace, name } = cluster.metadata;
  const made = createAuthority({
    commonName: `${namespace ?? ''}-${name}-ca`,
    notBefore: now - backdateMs,
    days: authorityDays,
  });
  await writer.create(
    SecretKind,
    secretOf(cluster, authoritySecretOf(name), 'authority', {}, { 'tls.crt': made.certPem, 'tls.key': made.keyPem }),
  );
}

async function applySecret(
  writer: Writer,
  cluster: Cluster,
  name: string,
  sort: string,
  notes: Record<string, string>,
  data: Record<string, string>,
): Promise<void> {
  await writer.apply(SecretKind, secretOf(cluster, name, sort, notes, data), { force: true });
}

function secretOf(
  cluster: Cluster,
  name: string,
  sort: string,
  notes: Record<string, string>,
  data: Record<string, string>,
) {
  const metadata = madeFor(cluster, name);
  return configurationOf(SecretKind, {
    metadata: {
      ...metadata,
      annotations: {
        [annotations.clusterSecretType]: sort,
        [annotations.clusterSecretCluster]: cluster.metadata.name,
        ...notes,
      },
    },
    type: 'Opaque',
    data: Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]),
    ),
  });
}

/** Metadata of what belongs to a cluster: found by its label, collected with it. */
function madeFor(cluster: Cluster, name: string): ObjectMeta {
  const { namespace, uid } = cluster.metadata;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { [labels.provider]: bareMetalProvider, [labels.clusterName]: cluster.metadata.name },
    ...(uid === undefined
      ? {}
      : {
          ownerReferences: [
            {
              apiVersion: apiVersionOf({ group: 'cluster.k8s.io', version: 'v1alpha1' }),
              kind: 'Cluster',
              name: cluster.metadata.name,
              uid,
            },
          ],
        }),
  };
}
