import { type TFOperator, TFOperatorKind } from '@keelson/api';
import type { ClusterLockRules } from '@keelson/mosk';

/** The cluster may be worked on when OpenSDN runs what it is to run, of the release that the work is for. */
export const clusterLockRules: ClusterLockRules<TFOperator> = {
  kind: TFOperatorKind,
  relevant: ({ status }) => [status?.state, status?.health, status?.release, status?.progress?.message],
  releaseOf: ({ status }) => status?.release,
  reason: 'SdnNotReady',
  hindranceOf: ({ metadata, status }) => {
    const { state = 'Pending', health } = status ?? {};
    const message = status?.progress?.message;
    const why = message === undefined ? '' : `: ${message}`;
    if (state !== 'Ready') return `OpenSDN ${metadata.name} is ${state}${why}`;
    const [healthy, all] = (health ?? '').split('/');
    return healthy === all ? undefined : `OpenSDN ${metadata.name} is not healthy: ${health ?? 'unknown'}${why}`;
  },
};
