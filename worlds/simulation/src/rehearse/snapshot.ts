import {
  type Kind,
  type KubeObject,
  NamespaceKind,
  type ObjectKey,
  allKinds,
  keyOf,
  keyText,
  labels,
} from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Stored, resourceId } from '@keelson/kube-server';
import type { SavedObjects } from '@keelson/lab';
import { isFailure } from '@keelson/std';
import type { SavedWorld } from '../updates/saved-world.js';

/** Kinds that hold secrets, or free text that may; an update of machines needs none of them. */
const leftOut: ReadonlySet<string> = new Set([
  'Secret',
  'BareMetalHostCredential',
  'OpenStackDeployment',
  'OpenStackDeploymentStatus',
  'OpenStackDeploymentSecret',
  'HelmBundle',
]);

/**
 * The resources of one cluster as the management API shows them: read, never written, without secrets. What belongs to
 * other clusters of the project stays out; what an owner outside the snapshot would take with it is made nobody's.
 *
 * @param at milliseconds since the epoch
 */
export async function takeSnapshot(api: KubeApi, cluster: ObjectKey, at: number): Promise<SavedWorld> {
  const { namespace = '', name } = cluster;
  const found = new Map<string, KubeObject[]>();
  const kinds: readonly Kind[] = [NamespaceKind, ...allKinds.filter((one) => !leftOut.has(one.kind))];
  for (const kind of kinds) {
    const { items } = await api
      .list<KubeObject>(kind, kind.scope === 'Cluster' ? {} : { namespace })
      .catch((error: unknown) => {
        // A kind that this management cluster does not serve.
        if (isFailure(error, 'notFound')) return { items: [] };
        throw error;
      });
    found.set(
      resourceId(kind),
      items.filter((item) => isOf(item, kind, name, namespace)),
    );
  }
  const uids = new Set([...found.values()].flat().map(({ metadata }) => metadata.uid));
  const objects: SavedObjects = Object.fromEntries(
    [...found].map(([resource, items]) => [resource, items.map((item) => stored(item, uids))]),
  );
  return { at, objects };
}

function isOf(item: KubeObject, kind: Kind, cluster: string, namespace: string): boolean {
  if (kind.kind === 'Namespace') return item.metadata.name === namespace;
  if (kind.kind === 'Cluster') return item.metadata.name === cluster;
  const of =
    item.metadata.labels?.[labels.clusterName] ??
    (item as { readonly spec?: { readonly cluster?: string } }).spec?.cluster;
  return of === undefined || of === '' || of === cluster;
}

function stored(item: KubeObject, known: ReadonlySet<string | undefined>): Stored {
  const { metadata } = item;
  const { uid = keyText(keyOf(item)), resourceVersion = '1', creationTimestamp = '' } = metadata;
  const ownerReferences = (metadata.ownerReferences ?? []).filter((owner) => known.has(owner.uid));
  return { ...item, metadata: { ...metadata, uid, resourceVersion, creationTimestamp, ownerReferences } } as Stored;
}

/** Objects of a snapshot, by their kind. */
export function objectsOf<T extends KubeObject>({ objects }: SavedWorld, kind: Kind<T>): readonly T[] {
  return (objects[resourceId(kind)] ?? []) as unknown as readonly T[];
}
