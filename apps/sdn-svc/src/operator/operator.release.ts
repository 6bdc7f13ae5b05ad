import {
  ClusterReleaseKind,
  ConfigMapKind,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type TFOperator,
} from '@keelson/api';
import type { ReleaseReader } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { isFailure } from '@keelson/std';
import { cloudNamespace } from '../names.js';
import { imagesOfRelease, type ReleaseImages } from '../opensdn/release-images.js';
import type { Hindrance, OperatorWorld } from './operator.world.js';

/** Of a release that the management cluster does not tell. */
export const releaseUnread = 'ReleaseUnread';

export type ReleaseTaken = Pick<OperatorWorld, 'release' | 'toKeep' | 'unread'> & {
  readonly images: ReleaseImages | undefined;
};

/** Why nothing is made of OpenSDN; it is lacking where it will come by itself. */
export type ReleaseRefused = Pick<OperatorWorld, 'lacks'> | Pick<OperatorWorld, 'trouble'>;

/** The release that OpenSDN is of from now on, and what that brings. While it cannot be read, what there is stays what it is. */
export async function releaseOf(
  reader: Reader,
  operator: TFOperator,
  current: string | undefined,
  releases: ReleaseReader<ReleaseImages>,
): Promise<ReleaseTaken | { readonly refused: ReleaseRefused }> {
  const [cloud] = reader.list(OpenStackDeploymentStatusKind, cloudNamespace);
  const kept = reader.get(ConfigMapKind, imagesOfRelease.map)?.data?.['release'];
  const wanted = releaseWanted(operator, cloud, { current, kept });
  const hindrance = (reason: string, message: string): Hindrance => ({
    on: { kind: ClusterReleaseKind.kind, namespace: '', name: wanted ?? '' },
    reason,
    message,
  });
  try {
    const { values: images, toKeep } = await releases.values(reader, wanted);
    return { images, toKeep, release: wanted, unread: undefined };
  } catch (error) {
    if (isFailure(error, 'terminal')) return { refused: { trouble: hindrance('ReleaseInvalid', error.message) } };
    if (!isFailure(error, 'transient')) throw error;
    const message = `The images of ${wanted ?? 'the release'} cannot be read from the management cluster: ${error.message}`;
    const unread = hindrance(releaseUnread, message);
    const before = operator.status?.release;
    if (before === undefined) return { refused: { lacks: unread } };
    const { values: images, toKeep } = await releases.values(reader, undefined);
    return { images, toKeep, release: before, unread };
  }
}

/**
 * The Cluster release that OpenSDN is to be of. It follows its cloud, which an update puts on a release before it comes to the
 * machines; what runs already waits until the cloud is applied, so that not everything is replaced at once, and never goes back
 * from what it has begun.
 *
 * @param known the release of the cluster, as the management cluster tells it, and that of the images that are kept
 */
export function releaseWanted(
  { status }: TFOperator,
  cloud: OpenStackDeploymentStatus | undefined,
  { current, kept }: { readonly current: string | undefined; readonly kept: string | undefined },
): string | undefined {
  const before = status?.release;
  const { release, state } = cloud?.status?.osdpl ?? {};
  if (release === undefined) return before ?? current;
  return before === undefined || state === 'APPLIED' || kept === release ? release : before;
}
