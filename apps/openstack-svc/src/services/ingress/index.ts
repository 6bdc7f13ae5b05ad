import type { KubeObject, PolicyRule } from '@keelson/api';
import type { CloudService } from '../../cloud/service.js';
import { assemble } from '../../conventions/assemble.js';
import { httpProbe } from '../../conventions/probes.js';
import { internalTls } from '../../conventions/api/tls-proxy.js';
import { publicCertificate, publicTls } from '../../conventions/api/public-tls.js';
import { type Chart, chartOf, metadataOf, replicasOf } from '../../render/chart.js';
import { openSdnConsole } from './opensdn-console.js';
import { kubeObject, type Workload } from '../../render/kubernetes.js';
import { ingressClass, service, usesIngress } from '../../render/network.js';
import { deployment, disruptionBudget } from '../../render/workloads.js';

const component = 'ingress';
const controllerName = 'k8s.io/openstack-ingress-nginx';

/** The ingress controller of the cloud's own class, until `migration.ingress.state: absent` leaves users to the gateway. */
export const ingress: CloudService = {
  name: 'ingress',
  project: 'ingress',
  needs: [],
  credentials: publicCertificate,
  upgrade: [{ name: 'replace', does: 'replace', components: [component] }],
  render: (cloud) => {
    const chart = chartOf(cloud, 'ingress', 'ingress', 'infra');
    if (!usesIngress(chart)) return assemble(chart, { files: [], stages: [] });
    return assemble(chart, {
      files: [],
      front: [
        publicTls(chart),
        ...internalTls(chart),
        classOf(chart),
        ...access(chart),
        ...openSdnConsole(chart),
        service(chart, { name: 'ingress', component, type: 'LoadBalancer', ports: { http: 80, https: 443 } }),
        ...disruptionBudget(chart, component, replicasOf(chart, component)),
      ],
      stages: [['workloads', 'ready', [controller(chart)]]],
    });
  },
};

function classOf(chart: Chart): KubeObject {
  const { namespace: _, ...metadata } = metadataOf(chart, ingressClass, component);
  return kubeObject({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata,
    spec: { controller: controllerName },
  });
}

function controller(chart: Chart): Workload {
  return deployment(chart, {
    name: 'ingress',
    component,
    roles: ['controller'],
    serviceAccount: 'openstack-ingress',
    graceSeconds: 300,
    containers: [
      {
        name: 'ingress',
        image: 'ingress',
        command: [
          '/nginx-ingress-controller',
          `--ingress-class=${ingressClass}`,
          `--controller-class=${controllerName}`,
          '--election-id=openstack-ingress',
          `--watch-namespace=${chart.cloud.namespace}`,
          `--publish-service=${chart.cloud.namespace}/ingress`,
        ],
        weight: 'api',
        rights: ['NET_BIND_SERVICE'],
        ports: { http: 80, https: 443 },
        env: [
          { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
        ],
        ...httpProbe(10254, '/healthz'),
      },
    ],
  });
}

const name = 'openstack-ingress';
const read = ['get', 'list', 'watch'];

/** What the controller may read: everything that it turns into its configuration, in the cloud's namespace. */
export const ingressRules: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['configmaps', 'endpoints', 'pods', 'secrets', 'services'], verbs: read },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: read },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'get', 'update'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
];

/** And everywhere. */
export const ingressClassRules: readonly PolicyRule[] = [
  { apiGroups: ['networking.k8s.io'], resources: ['ingressclasses'], verbs: read },
];

/** Its ClusterRole in a cloud's cluster. */
export const ingressRole = (namespace: string): string => `${name}-${namespace}`;

function access(chart: Chart): KubeObject[] {
  const { namespace } = chart.cloud;
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = metadataOf(chart, name, component);
  const { namespace: _, ...clusterMetadata } = metadataOf(chart, ingressRole(namespace), component);
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    kubeObject({
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata,
      rules: ingressRules,
    }),
    kubeObject({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects,
    }),
    kubeObject({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: clusterMetadata,
      rules: ingressClassRules,
    }),
    kubeObject({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: clusterMetadata,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: clusterMetadata.name },
      subjects,
    }),
  ];
}
