import { type KubeObject, type OpenStackDeployment, SecretKind } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import type { CephAccess, SdnAccess } from '../cloud/cloud.js';
import { cephAccessIn, cephKeysName } from '../credentials/ceph-keys.js';
import { namespaces } from '../names.js';
import type { Obstacle } from './rollout.world.js';

/** What OpenSDN has handed over. */
export function sdnAccess(reader: Reader): SdnAccess | undefined {
  const secret = reader.get(SecretKind, { namespace: namespaces.sdn, name: 'ost-data' });
  const [apiHost, apiPort] = [textIn(secret, 'tf_api_service'), Number(textIn(secret, 'tf_api_port'))];
  if (apiHost === undefined || !Number.isInteger(apiPort)) return undefined;
  const vRouterPort = Number(textIn(secret, 'vrouter_port'));
  return { apiHost, apiPort, vRouterPort: Number.isInteger(vRouterPort) ? vRouterPort : undefined };
}

/**
 * What the storage has handed over. A cloud that has begun without it stays without until its spec names Ceph: its images and
 * volumes are elsewhere. One that has begun with it never goes on without.
 */
export function cephOf(
  reader: Reader,
  { spec }: OpenStackDeployment,
  live: ReadonlyMap<string, KubeObject>,
): CephAccess | 'gone' | undefined {
  const access = cephAccessIn(reader.get(SecretKind, { namespace: namespaces.ceph, name: cephKeysName }));
  const isUsed = [...live.values()].some(({ kind, metadata }) => kind === 'Secret' && metadata.name.endsWith('-ceph'));
  if (access === undefined) return isUsed ? 'gone' : undefined;
  const { glance, nova } = spec.features;
  const isNamed = glance?.backends?.rbd !== undefined || nova?.images?.backend === 'ceph';
  return isUsed || isNamed || live.size === 0 ? access : undefined;
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
