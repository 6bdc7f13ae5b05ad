import { apiVersionOf, CronJobKind, type Job, type KubeObject } from '@keelson/api';
import { rfc3339 } from '@keelson/std';

/** The CronJob of which Jobs are made that fill the northbound database. */
export const refillTemplate: KubeObject & { readonly spec: object } = {
  apiVersion: apiVersionOf(CronJobKind),
  kind: CronJobKind.kind,
  metadata: { namespace: 'openstack', name: 'neutron-ovn-db-refill' },
  spec: {
    schedule: '0 0 1 1 *',
    suspend: true,
    jobTemplate: {
      metadata: { labels: { application: 'neutron', component: 'ovn-db-refill' } },
      spec: {
        template: {
          metadata: { labels: { application: 'neutron', component: 'ovn-db-refill' } },
          spec: { restartPolicy: 'Never', containers: [{ name: 'ovn-db-refill', image: 'neutron:1' }] },
        },
      },
    },
  },
};

/** What a Job's status says that came to an end. */
export function endStatus(type: 'Complete' | 'Failed', at: number): object {
  const condition = { type, status: 'True', lastTransitionTime: rfc3339(at) };
  if (type === 'Complete') return { succeeded: 1, startTime: rfc3339(at), conditions: [condition] };
  return { failed: 3, startTime: rfc3339(at), conditions: [{ ...condition, message: 'its pods could not log in' }] };
}

/** A Job that came to an end. */
export function endedJob(job: Job, type: 'Complete' | 'Failed', at: number): Job {
  return { ...job, metadata: { ...job.metadata, uid: 'of-the-job' }, status: endStatus(type, at) };
}
