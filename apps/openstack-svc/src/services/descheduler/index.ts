import type { KubeObject, PolicyRule } from '@keelson/api';
import type { CloudService } from '../../cloud/service.js';
import { assemble } from '../../conventions/assemble.js';
import { type Chart, chartOf, metadataOf } from '../../render/chart.js';
import { yamlFile } from '../../render/files.js';
import { kubeObject } from '../../render/kubernetes.js';
import { cronJob } from '../../render/workloads.js';

const component = 'descheduler';
const name = 'openstack-descheduler';

/** Moves pods that share a node with their replicas after nodes came back, within their disruption budgets. */
export const descheduler: CloudService = {
  name: 'descheduler',
  project: 'descheduler',
  needs: [],
  credentials: () => [],
  upgrade: [],
  pausedByUpgrade: true,
  render: (cloud) => {
    const chart = chartOf(cloud, 'descheduler', 'descheduler', 'infra');
    const file = policyFile(chart);
    const job = cronJob(chart, {
      name,
      component,
      schedule: '*/30 * * * *',
      roles: ['controller'],
      serviceAccount: name,
      files: [file],
      containers: [
        {
          name: component,
          image: 'descheduler',
          command: ['/bin/descheduler', '--policy-config-file', file.path],
          weight: 'job',
        },
      ],
    });
    return assemble(chart, { files: [file], front: access(chart), stages: [['workloads', 'applied', [job]]] });
  },
};

function policyFile(chart: Chart): ReturnType<typeof yamlFile> {
  const namespaces = { include: [chart.cloud.namespace] };
  return yamlFile(
    chart,
    { path: '/etc/descheduler/policy.yaml', values: ['policy'] },
    {
      apiVersion: 'descheduler/v1alpha2',
      kind: 'DeschedulerPolicy',
      profiles: [
        {
          name: 'openstack',
          pluginConfig: [
            { name: 'DefaultEvictor', args: { evictLocalStoragePods: false, nodeFit: true } },
            { name: 'RemoveDuplicates', args: { namespaces } },
            { name: 'RemovePodsViolatingInterPodAntiAffinity', args: { namespaces } },
          ],
          plugins: {
            balance: { enabled: ['RemoveDuplicates'] },
            deschedule: { enabled: ['RemovePodsViolatingInterPodAntiAffinity'] },
          },
        },
      ],
    },
  );
}

/** What it may do, in all namespaces: it looks at nodes and at whatever runs there. */
export const deschedulerRules: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes', 'pods', 'namespaces'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
  { apiGroups: ['apps'], resources: ['replicasets', 'statefulsets'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['scheduling.k8s.io'], resources: ['priorityclasses'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['events.k8s.io', ''], resources: ['events'], verbs: ['create', 'update', 'patch'] },
];

/** Its ClusterRole in a cloud's cluster. */
export const deschedulerRole = (namespace: string): string => `${name}-${namespace}`;

function access(chart: Chart): KubeObject[] {
  const { namespace } = chart.cloud;
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = metadataOf(chart, name, component);
  const { namespace: _, ...clusterMetadata } = metadataOf(chart, deschedulerRole(namespace), component);
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    kubeObject({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: clusterMetadata,
      rules: deschedulerRules,
    }),
    kubeObject({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: clusterMetadata,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: clusterMetadata.name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    }),
  ];
}
