import { type OpenStackDeploymentStatus, OpenStackDeploymentStatusKind } from '@keelson/api';
import type { ClusterLockRules } from '@keelson/mosk';

/** The cluster may be worked on when the cloud is applied and healthy. */
export const clusterLockRules: ClusterLockRules<OpenStackDeploymentStatus> = {
  kind: OpenStackDeploymentStatusKind,
  relevant: ({ status }) => [
    status?.osdpl?.release,
    status?.osdpl?.state,
    status?.osdpl?.health,
    status?.osdpl?.lcm_progress,
    status?.progress?.message,
  ],
  releaseOf: ({ status }) => status?.osdpl?.release,
  reason: 'CloudNotReady',
  hindranceOf: ({ metadata: { name }, status }) => {
    const { state, health } = status?.osdpl ?? {};
    const message = status?.progress?.message;
    const why = message === undefined ? '' : `: ${message}`;
    if (state !== 'APPLIED') return `the cloud ${name} is ${state ?? 'not applied yet'}${why}`;
    const [healthy, all] = (health ?? '').split('/');
    return healthy === all ? undefined : `the cloud ${name} is not healthy: ${health ?? 'unknown'}${why}`;
  },
  // By the services that are applied; health is what is left when all are.
  progressOf: ({ status }) => {
    const { lcm_progress: progress = '0/0', health } = status?.osdpl ?? {};
    const [applied = 0, all = 0] = progress.split('/').map(Number);
    return {
      description: `services applied: ${progress}, healthy: ${health ?? 'unknown'}`,
      percentage: all === 0 ? 0 : Math.floor((applied / all) * 100),
    };
  },
};
