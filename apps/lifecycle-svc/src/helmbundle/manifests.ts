import {
  CustomResourceDefinitionKind,
  type Kind,
  type KubeObject,
  apiVersionOf,
  builtinKinds,
  PersistentVolumeKind,
  workloadKinds,
} from '@keelson/api';
import { terminal } from '@keelson/std';
import { loadAll } from 'js-yaml';
import type { Manifest } from './installed.js';

/** Marks by which Helm itself knows what belongs to a release. Source: Helm 3, pkg/action/validate.go. */
export const marks = {
  name: 'meta.helm.sh/release-name',
  namespace: 'meta.helm.sh/release-namespace',
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

/** Kinds that charts often have, beside those that `libs/api` knows. */
const furtherKinds: readonly Kind[] = [
  kind('storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', 'Cluster'),
  kind('storage.k8s.io', 'v1', 'CSIDriver', 'csidrivers', 'Cluster'),
  kind('scheduling.k8s.io', 'v1', 'PriorityClass', 'priorityclasses', 'Cluster'),
  kind('node.k8s.io', 'v1', 'RuntimeClass', 'runtimeclasses', 'Cluster'),
  kind('autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'Namespaced'),
  kind('apiregistration.k8s.io', 'v1', 'APIService', 'apiservices', 'Cluster'),
  kind(
    'admissionregistration.k8s.io',
    'v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    'Cluster',
  ),
  kind(
    'admissionregistration.k8s.io',
    'v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    'Cluster',
  ),
  kind('', 'v1', 'LimitRange', 'limitranges', 'Namespaced'),
  kind('', 'v1', 'ResourceQuota', 'resourcequotas', 'Namespaced'),
  PersistentVolumeKind,
  kind('', 'v1', 'Endpoints', 'endpoints', 'Namespaced'),
];

const known: readonly Kind[] = [...builtinKinds, ...workloadKinds, ...furtherKinds];

function kind(group: string, version: string, name: string, plural: string, scope: Kind['scope']): Kind {
  return { group, version, kind: name, plural, scope, hasStatus: false };
}

/**
 * The objects in a stream of YAML documents; lists are taken apart.
 *
 * @throws Failure terminal, reason `ChartRefused`, for what is no object of Kubernetes
 */
export function objectsIn(text: string, release: string): readonly KubeObject[] {
  let documents: unknown[];
  try {
    documents = loadAll(text);
  } catch (cause) {
    throw terminal(`release ${release}: its manifests are not YAML: ${String(cause)}`, {
      reason: 'ChartRefused',
      cause,
    });
  }
  return documents
    .filter((document) => document !== null && document !== undefined)
    .flatMap((document) => (isList(document) ? document.items : [document]))
    .map((document) => {
      if (isObject(document)) return document;
      throw terminal(`release ${release}: one of its manifests is no object of Kubernetes with a kind and a name`, {
        reason: 'ChartRefused',
      });
    });
}

function isList(document: unknown): document is { items: unknown[] } {
  return (
    typeof document === 'object' &&
    document !== null &&
    'kind' in document &&
    document.kind === 'List' &&
    'items' in document &&
    Array.isArray(document.items)
  );
}

function isObject(document: unknown): document is KubeObject {
  if (typeof document !== 'object' || document === null) return false;
  if (!('apiVersion' in document) || !('kind' in document) || !('metadata' in document)) return false;
  const { metadata } = document;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata && typeof metadata.name === 'string';
}

/** Kinds that definitions bring. */
export function kindsDefinedBy(objects: readonly KubeObject[]): readonly Kind[] {
  return objects.filter(isDefinition).flatMap((definition) => {
    const spec: Record<string, unknown> = 'spec' in definition && isRecord(definition.spec) ? definition.spec : {};
    const { group, names, versions, scope } = spec;
    if (typeof group !== 'string' || !isRecord(names) || !Array.isArray(versions)) return [];
    const { kind: name, plural } = names;
    if (typeof name !== 'string' || typeof plural !== 'string') return [];
    return versions.flatMap((version: unknown) =>
      isRecord(version) && typeof version['name'] === 'string'
        ? [kind(group, version['name'], name, plural, scope === 'Cluster' ? 'Cluster' : 'Namespaced')]
        : [],
    );
  });
}

export function isDefinition({ kind: name }: KubeObject): boolean {
  return name === CustomResourceDefinitionKind.kind;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Of which kind an object is; undefined when neither Kubernetes nor the definitions given have it. */
export function kindIn(object: KubeObject, defined: readonly Kind[]): Kind | undefined {
  const is = (one: Kind): boolean => one.kind === object.kind && apiVersionOf(one) === object.apiVersion;
  return known.find(is) ?? defined.find(is);
}

/** An object as it is applied, and how it is found again. */
export interface Placed {
  readonly object: KubeObject;
  readonly manifest: Manifest;
}

/** The object in its place, with the marks of its release. */
export function placed(object: KubeObject, of: Kind, release: { name: string; namespace: string }): Placed {
  const namespace = of.scope === 'Cluster' ? undefined : (object.metadata.namespace ?? release.namespace);
  const { namespace: _given, ...metadata } = object.metadata;
  const { group, version, kind: name, plural, scope } = of;
  return {
    object: {
      ...object,
      metadata: {
        ...metadata,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { ...metadata.labels, [marks.managedBy]: 'Helm' },
        annotations: {
          ...metadata.annotations,
          [marks.name]: release.name,
          [marks.namespace]: release.namespace,
        },
      },
    },
    manifest: {
      group,
      version,
      kind: name,
      plural,
      scope,
      ...(namespace === undefined ? {} : { namespace }),
      name: metadata.name,
    },
  };
}

/** What others need comes first, as in Helm. Source: Helm 3, pkg/releaseutil/kind_sorter.go. */
const order: readonly string[] = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'ResourceQuota',
  'LimitRange',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Service',
];

/** Kinds that hold what cannot be made again: they stay when they are no longer in the chart. */
const kept: ReadonlySet<string> = new Set([
  'Namespace',
  'CustomResourceDefinition',
  'PersistentVolume',
  'PersistentVolumeClaim',
]);

export function inOrder(objects: readonly Placed[]): readonly Placed[] {
  const rank = ({ manifest }: Placed): number => {
    const at = order.indexOf(manifest.kind);
    return at < 0 ? order.length : at;
  };
  return [...objects].sort((a, b) => rank(a) - rank(b));
}

/** What of a release is to be deleted when it holds only `left`, the last made first. */
export function surplus(before: readonly Manifest[], left: readonly Manifest[]): readonly Manifest[] {
  const idOf = ({ group, kind: name, namespace = '', name: object }: Manifest): string =>
    `${group}/${name}/${namespace}/${object}`;
  const stays = new Set(left.map(idOf));
  return before.filter((manifest) => !stays.has(idOf(manifest)) && !kept.has(manifest.kind)).reverse();
}
