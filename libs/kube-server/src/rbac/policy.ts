import type { Draft } from '../storage/stored.js';

/** What clusters have from the start (kubernetes.io/docs/reference/access-authn-authz/rbac, default roles). */

const group = 'rbac.authorization.k8s.io';
const apiVersion = `${group}/v1`;
const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' };
const bootstrapping = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];

const rule = (apiGroups: readonly string[], resources: readonly string[], verbs: readonly string[]): Draft => ({
  apiGroups,
  resources,
  verbs,
});
const paths = (...nonResourceURLs: readonly string[]): Draft => ({ nonResourceURLs, verbs: ['get'] });

function clusterRole(name: string, rules: readonly Draft[], labels: Draft = {}): Draft {
  return {
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...bootstrapping, ...labels }, annotations },
    rules,
  };
}

/** A role that is the sum of all roles with the label. */
function aggregate(name: string, labels: Draft = {}): Draft {
  const matchLabels = { [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true' };
  return {
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...bootstrapping, ...labels }, annotations },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels }] },
    rules: [],
  };
}

const to = (name: string): Draft => ({ [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true' });

function bind(name: string, groups: readonly string[]): Draft {
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: bootstrapping, annotations },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name },
    subjects: groups.map((subject) => ({ apiGroup: group, kind: 'Group', name: subject })),
  };
}

const discovery = paths(
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
);
const workloads = [
  'daemonsets',
  'deployments',
  'deployments/scale',
  'replicasets',
  'replicasets/scale',
  'statefulsets',
  'statefulsets/scale',
];
const plainContent = [
  'configmaps',
  'endpoints',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'serviceaccounts',
  'services',
];

const viewRules = [
  rule(
    [''],
    [
      ...plainContent,
      'persistentvolumeclaims/status',
      'pods/status',
      'pods/log',
      'services/status',
      'events',
      'limitranges',
      'namespaces',
      'namespaces/status',
      'resourcequotas',
    ],
    read,
  ),
  rule(['discovery.k8s.io'], ['endpointslices'], read),
  rule(['apps'], [...workloads, 'controllerrevisions'], read),
  rule(['batch'], ['cronjobs', 'jobs'], read),
  rule(['networking.k8s.io'], ['ingresses', 'networkpolicies'], read),
  rule(['policy'], ['poddisruptionbudgets'], read),
  rule(['events.k8s.io'], ['events'], read),
];

const editRules = [
  rule([''], ['secrets'], [...read, ...write]),
  rule([''], ['serviceaccounts'], ['impersonate', ...write]),
  rule([''], ['serviceaccounts/token'], ['create']),
  rule([''], ['configmaps', 'endpoints', 'persistentvolumeclaims', 'pods', 'services', 'events'], write),
  rule([''], ['pods/eviction'], ['create']),
  rule(['apps'], [...workloads, 'deployments/rollback'], write),
  rule(['batch'], ['cronjobs', 'jobs'], write),
  rule(['networking.k8s.io'], ['ingresses', 'networkpolicies'], write),
  rule(['policy'], ['poddisruptionbudgets'], write),
  rule(['coordination.k8s.io'], ['leases'], [...read, ...write]),
];

const adminRules = [
  rule(['authorization.k8s.io'], ['localsubjectaccessreviews'], ['create']),
  rule([group], ['rolebindings', 'roles'], [...read, ...write]),
];

/** Default cluster roles and their bindings. */
export const bootstrapPolicy: readonly Draft[] = [
  clusterRole('cluster-admin', [rule(['*'], ['*'], ['*']), { nonResourceURLs: ['*'], verbs: ['*'] }]),
  aggregate('admin'),
  aggregate('edit', to('admin')),
  aggregate('view', to('edit')),
  clusterRole('system:aggregate-to-admin', adminRules, to('admin')),
  clusterRole('system:aggregate-to-edit', editRules, to('edit')),
  clusterRole('system:aggregate-to-view', viewRules, to('view')),
  clusterRole('system:discovery', [discovery]),
  clusterRole('system:public-info-viewer', [paths('/healthz', '/livez', '/readyz', '/version', '/version/')]),
  clusterRole('system:basic-user', [
    rule(['authorization.k8s.io'], ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], ['create']),
    rule(['authentication.k8s.io'], ['selfsubjectreviews'], ['create']),
  ]),
  clusterRole('system:service-account-issuer-discovery', [
    paths('/.well-known/openid-configuration', '/openid/v1/jwks'),
  ]),
  clusterRole('system:auth-delegator', [
    rule(['authentication.k8s.io'], ['tokenreviews'], ['create']),
    rule(['authorization.k8s.io'], ['subjectaccessreviews'], ['create']),
  ]),
  bind('cluster-admin', ['system:masters']),
  bind('system:discovery', ['system:authenticated']),
  bind('system:public-info-viewer', ['system:authenticated', 'system:unauthenticated']),
  bind('system:basic-user', ['system:authenticated']),
  bind('system:service-account-issuer-discovery', ['system:serviceaccounts']),
];
