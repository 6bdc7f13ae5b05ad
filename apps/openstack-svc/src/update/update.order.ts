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
 * release than it was then: its OpenStack goes first, its machines follow.
 *
 * @param current of the cluster, as the management cluster tells it
 */
export function releaseWanted(object: OpenStackDeploymentStatus, current: string | undefined): string | undefined {
  const order = releaseOrderOf(object);
  if (order === undefined || (current !== undefined && current !== order.from)) return current;
  const hasBegun = object.status?.osdpl?.release === order.version;
  return order.hold === '' || hasBegun ? order.version : current;
}
