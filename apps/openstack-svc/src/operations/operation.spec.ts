import { describe, expect, it } from '@jest/globals';
import type { Job, KubeObject } from '@keelson/api';
import { operating, type Operation, type OperationFacts } from './operation.js';

const operation: Operation = {
  namespace: 'openstack',
  template: 'of',
  job: 'of-1',
  occasion: 'today',
  env: { WHAT: 'this' },
  what: 'something is done',
  wayOut: 'to leave it, do that',
};
const template: KubeObject & { spec: object } = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { namespace: 'openstack', name: 'of', uid: 'u' },
  spec: {
    jobTemplate: {
      metadata: { labels: { application: 'cinder' } },
      spec: {
        backoffLimit: 2,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i', env: [{ name: 'A' }] }] } },
      },
    },
  },
};
const at = Date.parse('2026-01-01T00:00:00Z');
const job = (type: string | undefined, occasion = 'today'): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { namespace: 'openstack', name: 'of-1', annotations: { 'keelson.dev/operation': occasion } },
  status: {
    ...(type === 'Complete' ? { succeeded: 1 } : {}),
    conditions:
      type === undefined ? [] : [{ type, status: 'True', message: 'why', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  },
});
const told = (facts: Partial<OperationFacts>, isSeen = true) => {
  const { make, wait } = operating(operation, { now: at + 1_000, template, job: undefined, ...facts }, isSeen);
  return [make !== undefined, wait?.reason];
};

describe('an operation', () => {
  it('is a Job made from its CronJob, with what it is about in its environment', () => {
    const { make } = operating(operation, { now: at, template, job: undefined });
    expect(make?.over).toBeUndefined();
    expect(make?.job).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: 'of-1',
        namespace: 'openstack',
        labels: { application: 'cinder' },
        annotations: { 'keelson.dev/operation': 'today' },
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'of', uid: 'u' }],
      },
      spec: {
        backoffLimit: 2,
        ttlSecondsAfterFinished: 3600,
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'c', image: 'i', env: [{ name: 'A' }, { name: 'WHAT', value: 'this' }] }],
          },
        },
      },
    });
  });

  it.each<[string, Partial<OperationFacts>, boolean, readonly unknown[]]>([
    ['is begun', {}, true, [true, 'JobRunning']],
    ['waits for its CronJob', { template: undefined }, true, [false, 'OperationMissing']],
    ['runs', { job: job(undefined) }, true, [false, 'JobRunning']],
    ['is done', { job: job('Complete') }, true, [false, undefined]],
    ['is not done without an effect', { job: job('Complete') }, false, [false, 'JobFailed']],
    ['waits after a failure', { job: job('Failed') }, true, [false, 'JobFailed']],
    ['is tried again', { job: job('Failed'), now: at + 300_000 }, true, [true, 'JobRunning']],
    ['is done again on another occasion', { job: job('Complete', 'before') }, true, [true, 'JobRunning']],
  ])('%s', (_, facts, isSeen, expected) => {
    expect(told(facts, isSeen)).toEqual(expected);
  });
});
