import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '@keelson/api';
import { podsOf } from './readiness.js';

const workload = (kind: string, spec: object, status: object): KubeObject =>
  ({ apiVersion: 'apps/v1', kind, metadata: { name: 'x', generation: 2 }, spec, status }) as KubeObject;
const seen = { observedGeneration: 2 };

describe('podsOf', () => {
  it.each([
    ['a Deployment', 'Deployment', { replicas: 3 }, { ...seen, updatedReplicas: 2 }, { wanted: 3, updated: 2 }],
    [
      'one that is scaled down',
      'Deployment',
      { replicas: 1 },
      { ...seen, updatedReplicas: 2 },
      { wanted: 1, updated: 1 },
    ],
    [
      'one whose generation nobody has seen',
      'Deployment',
      { replicas: 3 },
      { observedGeneration: 1, updatedReplicas: 3 },
      { wanted: 3, updated: 0 },
    ],
    [
      'a StatefulSet that rolls',
      'StatefulSet',
      { replicas: 3 },
      { ...seen, replicas: 3, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      { wanted: 3, updated: 1 },
    ],
    [
      'one that has rolled, of which Kubernetes counts no updated ones',
      'StatefulSet',
      { replicas: 3 },
      { ...seen, replicas: 3, currentRevision: 'b', updateRevision: 'b' },
      { wanted: 3, updated: 3 },
    ],
    [
      'a DaemonSet',
      'DaemonSet',
      {},
      { ...seen, desiredNumberScheduled: 40, updatedNumberScheduled: 7 },
      { wanted: 40, updated: 7 },
    ],
    ['one whose pods follow their nodes', 'DaemonSet', { updateStrategy: { type: 'OnDelete' } }, seen, undefined],
    ['what has no pods', 'ConfigMap', {}, {}, undefined],
  ])('tells of %s', (_what, kind, spec, status, pods) => {
    expect(podsOf(workload(kind, spec, status))).toEqual(pods);
  });
});
