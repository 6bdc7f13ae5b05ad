import { type ClusterProviderStatus, type Node, cephNodeLabels } from '@keelson/api';
import { named } from '../membership.js';
import type { ClusterWorld } from './cluster.observe.js';

/**
 * Ceph of the cluster, by what shows on its own API: nodes that the controller of Ceph has given roles, or a lock of it. There is
 * none where neither is; while the API is silent it is what it was.
 */
export function cephStatus({ cluster, child }: ClusterWorld): Pick<ClusterProviderStatus, 'ceph'> {
  const nodes = [...child.nodes.values()].filter(isOfCeph);
  const lock = child.protocol?.clusterLocks().find(({ spec }) => isCephController(spec.controllerName));
  if (nodes.length === 0 && lock === undefined) {
    const before = cluster.status?.providerStatus?.ceph;
    const isKnown = child.contact.answers && child.protocol !== undefined;
    return isKnown || before === undefined ? {} : { ceph: before };
  }
  if (lock?.status?.state === 'failed')
    return { ceph: { ready: false, message: lock.status.errorMessage ?? 'its controller cannot release its lock' } };
  const where = nodes.length === 0 ? `its controller holds ${lock?.metadata.name ?? ''}` : `it is on ${named(nodes)}`;
  return { ceph: { message: where } };
}

/** Names are the controller's choice. Source: reference/mosk-api/maintenance-and-updates.md, names of locks (a guess there). */
export function isCephController(name: string): boolean {
  return name.toLowerCase().includes('ceph');
}

function isOfCeph({ metadata: { labels = {} } }: Node): boolean {
  return Object.keys(labels).some((key) => key === cephNodeLabels.daemons || key.startsWith(cephNodeLabels.rolePrefix));
}
