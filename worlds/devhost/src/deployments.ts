import { apiVersionOf, DeploymentKind, type KubeObject, ServiceKind } from '@keelson/api';
import { leaseNamespace } from '@keelson/reconcile';

const http = 8443;
const grpc = 8444;
/** A user of no image's own, as distroless images have it. */
const nobody = 65_532;
const secretFolder = '/etc/keelson/secret';
const kubeconfigFolder = '/etc/keelson/cluster';
const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';
const kubeconfigMap = 'keelson-kubeconfig';

/** Every service's settings: its own in the ConfigMap of its name, those of all in this one. */
const settingsMap = 'keelson';

type Manifest = KubeObject & Record<string, unknown>;

/**
 * How a service runs in a cluster: two processes of which one leads, replaced one at a time with the new beside the old, and
 * the Service by which it is reached. The ServiceAccount and its rights are in deploy/rbac.
 *
 * @param version version of the service: the tag of its image
 */
export function deploymentOf(service: string, version: string): Manifest[] {
  const matchLabels = { 'app.kubernetes.io/name': service };
  const labels = { ...matchLabels, 'app.kubernetes.io/part-of': 'keelson' };
  return [
    {
      apiVersion: apiVersionOf(DeploymentKind),
      kind: DeploymentKind.kind,
      metadata: {
        name: service,
        namespace: leaseNamespace,
        labels: { ...labels, 'app.kubernetes.io/version': version },
      },
      spec: {
        replicas: 2,
        selector: { matchLabels },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        progressDeadlineSeconds: 300,
        revisionHistoryLimit: 3,
        template: { metadata: { labels }, spec: podOf(service, version) },
      },
    },
    {
      apiVersion: apiVersionOf(ServiceKind),
      kind: ServiceKind.kind,
      metadata: { name: service, namespace: leaseNamespace, labels },
      spec: {
        selector: matchLabels,
        ports: [
          { name: 'https', port: http, protocol: 'TCP', targetPort: 'https' },
          { name: 'grpc', port: grpc, protocol: 'TCP', targetPort: 'grpc' },
        ],
      },
    },
  ];
}

function podOf(service: string, version: string): Record<string, unknown> {
  return {
    serviceAccountName: service,
    // Longer than a service takes to end in order (28 s), its lease given back.
    terminationGracePeriodSeconds: 40,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: nobody,
      runAsGroup: nobody,
      fsGroup: nobody,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [containerOf(service, version)],
    volumes: [
      { name: 'secret', secret: { secretName: service, defaultMode: 0o440 } },
      { name: 'cluster', configMap: { name: kubeconfigMap } },
    ],
  };
}

function containerOf(service: string, version: string): Record<string, unknown> {
  const probe = (path: string, more: object): object => ({
    httpGet: { path, port: 'https', scheme: 'HTTPS' },
    timeoutSeconds: 5,
    ...more,
  });
  return {
    name: service,
    image: `keelson/${service}:${version}`,
    env: Object.entries(environment).map(([name, value]) => ({ name, value })),
    envFrom: [{ configMapRef: { name: settingsMap } }, { configMapRef: { name: service, optional: true } }],
    ports: [
      { name: 'https', containerPort: http, protocol: 'TCP' },
      { name: 'grpc', containerPort: grpc, protocol: 'TCP' },
    ],
    startupProbe: probe('/healthz', { periodSeconds: 2, failureThreshold: 60 }),
    livenessProbe: probe('/healthz', { periodSeconds: 10, failureThreshold: 6 }),
    readinessProbe: probe('/readyz', { periodSeconds: 5, failureThreshold: 3 }),
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'secret', mountPath: secretFolder, readOnly: true },
      { name: 'cluster', mountPath: kubeconfigFolder, readOnly: true },
    ],
  };
}

/** What is the same in every cluster; the rest comes from the ConfigMaps and the Secret. */
const environment: Readonly<Record<string, string>> = {
  KEELSON_KUBECONFIG: `${kubeconfigFolder}/kubeconfig`,
  KEELSON_NATS_SEED_FILE: `${secretFolder}/nats.seed`,
  KEELSON_POSTGRES_URL_FILE: `${secretFolder}/postgres.url`,
  KEELSON_CA_FILE: `${secretFolder}/ca.crt`,
  KEELSON_TLS_CERT_FILE: `${secretFolder}/tls.crt`,
  KEELSON_TLS_KEY_FILE: `${secretFolder}/tls.key`,
  KEELSON_API_TOKEN_FILE: `${secretFolder}/api-token`,
  KEELSON_HOST: '0.0.0.0',
  KEELSON_HTTP_PORT: String(http),
  KEELSON_GRPC_PORT: String(grpc),
  KEELSON_LEADER_ELECTION: 'true',
};

/** The kubeconfig of a pod: the API of its cluster, as its own ServiceAccount. */
export function podKubeconfig(): Manifest {
  const kubeconfig = [
    'apiVersion: v1',
    'kind: Config',
    'current-context: here',
    'contexts:',
    '  - { name: here, context: { cluster: here, user: me } }',
    'clusters:',
    `  - { name: here, cluster: { server: "https://kubernetes.default.svc", certificate-authority: ${accountFolder}/ca.crt } }`,
    'users:',
    `  - { name: me, user: { tokenFile: ${accountFolder}/token } }`,
    '',
  ].join('\n');
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: kubeconfigMap, namespace: leaseNamespace, labels: { 'app.kubernetes.io/part-of': 'keelson' } },
    data: { kubeconfig },
  };
}
