import { type KubeObject, NodeKind, PersistentVolumeClaimKind, SecretKind } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import type { CephAccess, SdnAccess } from '../cloud/cloud.js';
import { cephAccessIn, cephKeysName } from '../credentials/ceph-keys.js';
import { namesCeph } from '../cloud/names-ceph.js';
import { namespaces, serviceLabel } from '../names.js';
import type { Obstacle } from './rollout.world.js';

/** What OpenSDN has handed over. */
export function sdnAccess(reader: Reader): SdnAccess | undefined {
  const secret = reader.get(SecretKind, { namespace: namespaces.sdn, name: 'ost-data' });
  const [apiHost, apiPort] = [textIn(secret, 'tf_api_service'), Number(textIn(secret, 'tf_api_port'))];
  if (apiHost === undefined || !Number.isInteger(apiPort)) return undefined;
  const vRouterPort = Number(textIn(secret, 'vrouter_port'));
  return { apiHost, apiPort, vRouterPort: Number.isInteger(vRouterPort) ? vRouterPort : undefined };
}

/** How a cloud stands to the storage of its cluster. */
export interface CephFacts {
  /** Undefined where it is not to use Ceph, or cannot yet. */
  readonly ceph: CephAccess | undefined;
  /** Ceph is to come: what goes there by itself waits for it. */
  readonly awaitsCeph: boolean;
  /** Services whose data was begun in files: it stays there until the spec itself says otherwise. */
  readonly inFiles: readonly string[];
}

/**
 * What the storage has handed over. A cloud whose stores have begun without it stays without until its spec names Ceph. One
 * that has begun with it never goes on without, and one that has not begun waits where the spec names Ceph or the storage has
 * begun in its cluster.
 */
export function cephOf(reader: Reader, spec: object, live: ReadonlyMap<string, KubeObject>): CephFacts | 'gone' {
  const access = cephAccessIn(reader.get(SecretKind, { namespace: namespaces.ceph, name: cephKeysName }));
  const objects = [...live.values()];
  const isUsed = objects.some(({ kind, metadata }) => kind === 'Secret' && metadata.name.endsWith('-ceph'));
  if (access === undefined && isUsed) return 'gone';
  const hasBegun = objects.some((object) => stores.includes(serviceOf(object)));
  const isNamed = namesCeph(spec);
  const claims = objects.filter(({ kind }) => kind === PersistentVolumeClaimKind.kind).map(serviceOf);
  return {
    ceph: isUsed || isNamed || !hasBegun ? access : undefined,
    awaitsCeph: access === undefined && (isNamed || (!hasBegun && hasStorage(reader))),
    inFiles: claims.filter((service) => stores.includes(service)),
  };
}

/** Services that go to Ceph by themselves where there is one. */
const stores: readonly string[] = ['image', 'block-storage', 'shared-file-system', 'metric'];

function serviceOf({ metadata }: KubeObject): string {
  return metadata.labels?.[serviceLabel] ?? '';
}

/** The controller of Ceph puts it on nodes as soon as there is a CephDeployment, and takes it from those that are drained. */
const storageLabel = 'ceph-daemonset-available-node';

function hasStorage(reader: Reader): boolean {
  return reader.list(NodeKind).some(({ metadata }) => metadata.labels?.[storageLabel] !== undefined);
}

/** What holds a cloud whose storage has taken its keys away. */
export const cephGone: Obstacle = {
  sort: 'waiting',
  kind: SecretKind.kind,
  namespace: namespaces.ceph,
  name: cephKeysName,
  reason: 'CephKeysGone',
  message: `The cloud uses Ceph, and the Secret ${namespaces.ceph}/${cephKeysName} is not there any more: the storage writes it. Nothing is changed until then.`,
};
