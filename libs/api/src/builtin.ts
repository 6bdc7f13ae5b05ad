import type { Kind } from './kind.js';
import type { KubeObject } from './object.js';

/** Kubernetes' own kinds that Keelson reads or writes; only the members it uses are typed. */

export interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: 'Active' | 'Terminating' };
}
export interface Secret extends KubeObject {
  type?: string;
  /** Values in base64. */
  data?: Record<string, string>;
  /** Write-only clear text; the server moves it to `data`. */
  stringData?: Record<string, string>;
  immutable?: boolean;
}
export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}
export interface ServiceAccount extends KubeObject {
  automountServiceAccountToken?: boolean;
}
export interface PolicyRule {
  apiGroups?: string[];
  resources?: string[];
  verbs: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}
export interface Role extends KubeObject {
  rules: PolicyRule[];
}
export interface RoleBinding extends KubeObject {
  roleRef: { apiGroup: string; kind: 'Role' | 'ClusterRole'; name: string };
  subjects?: { kind: 'User' | 'Group' | 'ServiceAccount'; name: string; namespace?: string; apiGroup?: string }[];
}
export interface Lease extends KubeObject {
  spec: {
    holderIdentity?: string | null;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}
export interface CoreEvent extends KubeObject {
  involvedObject: {
    apiVersion?: string;
    kind?: string;
    namespace?: string;
    name?: string;
    uid?: string;
    resourceVersion?: string;
  };
  type?: 'Normal' | 'Warning';
  reason?: string;
  message?: string;
  count?: number;
  firstTimestamp?: string;
  lastTimestamp?: string;
  eventTime?: string | null;
  reportingComponent?: string;
  reportingInstance?: string;
  action?: string;
  source?: { component?: string; host?: string };
}
export interface NodeCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastHeartbeatTime?: string;
  lastTransitionTime?: string;
}
export interface Node extends KubeObject {
  spec?: {
    unschedulable?: boolean;
    providerID?: string;
    podCIDR?: string;
    taints?: { key: string; value?: string; effect: string }[];
  };
  status?: {
    addresses?: { type: string; address: string }[];
    conditions?: NodeCondition[];
    nodeInfo?: Record<string, string>;
    capacity?: Record<string, string>;
    allocatable?: Record<string, string>;
  };
}
export interface Pod extends KubeObject {
  spec?: {
    nodeName?: string;
    containers?: { name: string; image?: string }[];
    tolerations?: unknown[];
    [key: string]: unknown;
  };
  status?: { phase?: string; conditions?: NodeCondition[]; [key: string]: unknown };
}
export interface CustomResourceDefinition extends KubeObject {
  spec: Record<string, unknown>;
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    [key: string]: unknown;
  };
}

const core = { group: '', version: 'v1' } as const;
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', hasStatus: false } as const;

export const NamespaceKind: Kind<Namespace> = {
  ...core,
  kind: 'Namespace',
  plural: 'namespaces',
  scope: 'Cluster',
  hasStatus: true,
};
export const SecretKind: Kind<Secret> = {
  ...core,
  kind: 'Secret',
  plural: 'secrets',
  scope: 'Namespaced',
  hasStatus: false,
};
export const ConfigMapKind: Kind<ConfigMap> = {
  ...core,
  kind: 'ConfigMap',
  plural: 'configmaps',
  scope: 'Namespaced',
  hasStatus: false,
};
export const ServiceAccountKind: Kind<ServiceAccount> = {
  ...core,
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  scope: 'Namespaced',
  hasStatus: false,
};
export const EventKind: Kind<CoreEvent> = {
  ...core,
  kind: 'Event',
  plural: 'events',
  scope: 'Namespaced',
  hasStatus: false,
};
export const NodeKind: Kind<Node> = { ...core, kind: 'Node', plural: 'nodes', scope: 'Cluster', hasStatus: true };
export const PodKind: Kind<Pod> = { ...core, kind: 'Pod', plural: 'pods', scope: 'Namespaced', hasStatus: true };
export const RoleKind: Kind<Role> = { ...rbac, kind: 'Role', plural: 'roles', scope: 'Namespaced' };
export const ClusterRoleKind: Kind<Role> = { ...rbac, kind: 'ClusterRole', plural: 'clusterroles', scope: 'Cluster' };
export const RoleBindingKind: Kind<RoleBinding> = {
  ...rbac,
  kind: 'RoleBinding',
  plural: 'rolebindings',
  scope: 'Namespaced',
};
export const ClusterRoleBindingKind: Kind<RoleBinding> = {
  ...rbac,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  scope: 'Cluster',
};
export const LeaseKind: Kind<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  scope: 'Namespaced',
  hasStatus: false,
};
export const CustomResourceDefinitionKind: Kind<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  scope: 'Cluster',
  hasStatus: true,
};
const admission = { group: 'admissionregistration.k8s.io', version: 'v1', scope: 'Cluster', hasStatus: false } as const;
export const ValidatingAdmissionPolicyKind: Kind = {
  ...admission,
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
};
export const ValidatingAdmissionPolicyBindingKind: Kind = {
  ...admission,
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
};

/** Every kind of Kubernetes' own that is declared here. */
export const builtinKinds: readonly Kind[] = [
  NamespaceKind,
  SecretKind,
  ConfigMapKind,
  ServiceAccountKind,
  EventKind,
  NodeKind,
  PodKind,
  RoleKind,
  ClusterRoleKind,
  RoleBindingKind,
  ClusterRoleBindingKind,
  LeaseKind,
  CustomResourceDefinitionKind,
  ValidatingAdmissionPolicyKind,
  ValidatingAdmissionPolicyBindingKind,
];
