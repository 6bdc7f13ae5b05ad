import type { OpenStackDeploymentStatus } from '@keelson/api';

/**
 * The update of its cluster that a cloud takes part in, in an annotation of its OpenStackDeploymentStatus: whoever dies, the
 * order stands.
 */
export interface ReleaseOrder {
  /** ClusterRelease by name. */
  readonly target: string;
  /** Its version, `<cluster>+<mosk>`. */
  readonly version: string;
  /** The version that the cluster had when it was ordered; empty when none was known. */
  readonly from: string;
  /** Why it may not begin; empty when it may. */
  readonly hold: string;
}

export const releaseOrderAnnotation = 'keelson.dev/release-order';

export function releaseOrderOf({ metadata }: OpenStackDeploymentStatus): ReleaseOrder | undefined {
  const [target, version, from = '', hold = ''] = (metadata.annotations?.[releaseOrderAnnotation] ?? '').split('\n');
  return target === undefined || version === undefined ? undefined : { target, version, from, hold };
}

export function releaseOrderText({ target, version, from, hold }: ReleaseOrder): string {
  return [target, version, from, hold.replaceAll('\n', ' ')].join('\n');
}

/**
 * The cluster release that a cloud is to be of. What was ordered holds until the cluster itself is said to be of another
 * release than it was then: its OpenStack goes first, its machines follow. Work on the cluster for a release asks for it too,
 * whoever asks: its machines wait for the cloud then.
 *
 * @param current of the cluster, as the management cluster tells it
 * @param asked by the ClusterMaintenanceRequest, where there is one that names a release
 */
export function releaseWanted(
  object: OpenStackDeploymentStatus,
  current: string | undefined,
  asked: string | undefined,
): string | undefined {
  if (asked !== undefined) return asked;
  const order = releaseOrderOf(object);
  if (order === undefined || (current !== undefined && current !== order.from)) return current;
  const hasBegun = object.status?.osdpl?.release === order.version;
  return order.hold === '' || hasBegun ? order.version : current;
}

/** The order that work on the cluster makes, as text, where nobody has written it down; it holds when that work is over. */
export function orderBy(
  object: OpenStackDeploymentStatus,
  current: string | undefined,
  asked: string | undefined,
): string | undefined {
  const isKnown = asked === undefined || asked === current || releaseOrderOf(object)?.version === asked;
  return isKnown ? undefined : releaseOrderText({ target: '', version: asked, from: current ?? '', hold: '' });
}
