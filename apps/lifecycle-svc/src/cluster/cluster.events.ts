import type { Announcement, PlanResult } from '@keelson/reconcile';
import type { ClusterWorld } from './cluster.observe.js';
import type { ClusterStep } from './cluster.steps.js';

/** What an operator should see of a Cluster in `kubectl describe`. */
export function clusterEvents(
  world: ClusterWorld,
  { outcome, done, failed }: PlanResult<ClusterStep>,
): readonly Announcement[] {
  const events: Announcement[] = [];
  if (failed !== undefined)
    events.push({ type: 'Warning', reason: failed.failure.reason, message: failed.failure.message });
  if (outcome.type === 'blocked') events.push({ type: 'Warning', reason: outcome.reason, message: outcome.message });
  if (outcome.type === 'waiting' && outcome.reason === 'AddressRefused')
    events.push({ type: 'Warning', reason: outcome.reason, message: outcome.message });
  if (!world.child.contact.answers && world.cluster.status?.providerStatus?.ready === true) {
    events.push({
      type: 'Warning',
      reason: 'ClusterKubernetesNotReady',
      message: `the API of the cluster does not answer: ${world.child.contact.why}`,
    });
  }
  if (done.some((step) => step.type === 'issue-kubeconfig'))
    events.push({
      type: 'Normal',
      reason: 'KubeconfigWritten',
      message: `the kubeconfig is in Secret ${world.cluster.metadata.name}-kubeconfig`,
    });
  return events;
}
