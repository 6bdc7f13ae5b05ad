import { describe, expect, it } from '@jest/globals';
import type { Pod } from '@keelson/api';
import { podTrouble } from './pod-trouble.js';

const aPod = (status: object, nodeName?: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'nova-0', namespace: 'openstack' },
  spec: { containers: [{ name: 'api', image: 'registry/nova:1' }], ...(nodeName === undefined ? {} : { nodeName }) },
  status: { ...status },
});
const waiting = (reason: string, more: object = {}): object => ({
  containerStatuses: [{ name: 'api', state: { waiting: { reason, message: 'as kubelet says' } }, ...more }],
});
const running = (startedAt: string): object => ({
  phase: 'Running',
  containerStatuses: [{ name: 'api', ready: false, state: { running: { startedAt } } }],
});
const isReady = (node: string): boolean | undefined => (node === 'gone' ? undefined : node === 'up');

describe('the trouble of a workload’s pods', () => {
  it.each<[string, Pod, string | undefined, string]>([
    ['a pod on its way has none', aPod(waiting('ContainerCreating'), 'up'), undefined, ''],
    [
      'an image',
      aPod(waiting('ImagePullBackOff'), 'up'),
      'ImagePullBackOff',
      'the image registry/nova:1 of its pod nova-0 cannot be pulled: as kubelet says',
    ],
    [
      'a crash with how it ended',
      aPod(waiting('CrashLoopBackOff', { lastState: { terminated: { exitCode: 3, message: 'no database\n' } } }), 'up'),
      'CrashLoopBackOff',
      'the container api of its pod nova-0 does not run: CrashLoopBackOff: it ended with 3 (no database)',
    ],
    [
      'no room',
      aPod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }] }),
      'Unschedulable',
      'no node takes its pod nova-0: 0/3 nodes',
    ],
    [
      'huge pages that the node did not boot with',
      aPod({ conditions: [{ type: 'PodScheduled', status: 'False', message: '1 Insufficient hugepages-1Gi.' }] }),
      'Unschedulable',
      'no node takes its pod nova-0: 1 Insufficient hugepages-1Gi. (a node has the huge pages that it booted with: options hugepagesz and hugepages of its kernel)',
    ],
    [
      'its node',
      aPod(waiting('ImagePullBackOff'), 'down'),
      'NodeNotReady',
      'its pod nova-0 is on the node down, which is not Ready',
    ],
    ['a node that is not known', aPod({ phase: 'Running' }, 'gone'), undefined, ''],
    [
      'an end',
      aPod({ phase: 'Failed', containerStatuses: [{ name: 'api', state: { terminated: { exitCode: 1 } } }] }, 'up'),
      'PodFailed',
      'its pod nova-0 failed: it ended with 1',
    ],
    [
      'memory',
      aPod(waiting('CrashLoopBackOff', { lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }), 'up'),
      'CrashLoopBackOff',
      'the container api of its pod nova-0 does not run: CrashLoopBackOff: it ended with 137 (OOMKilled: it wanted more memory than its limit)',
    ],
    [
      'a node whose disk is full',
      aPod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: ephemeral-storage. ' }, 'up'),
      'Evicted',
      'its pod nova-0 was evicted from the node up: The node was low on resource: ephemeral-storage.',
    ],
    [
      'a volume that nobody makes',
      aPod({
        conditions: [{ type: 'PodScheduled', status: 'False', message: 'unbound immediate PersistentVolumeClaims' }],
      }),
      'Unschedulable',
      'no node takes its pod nova-0: unbound immediate PersistentVolumeClaims (a claim of it has no volume: kubectl describe pvc tells whether its storage class is missing or gives none)',
    ],
    [
      'a probe that fails for long',
      aPod(running('2026-01-01T00:00:00Z'), 'up'),
      'NotReady',
      'the container api of its pod nova-0 runs since 2026-01-01T00:00:00Z and is not ready: its log tells why its readiness probe fails',
    ],
    ['a start', aPod(running('2026-01-01T00:58:30Z'), 'up'), undefined, ''],
    ['nonsense', aPod({ containerStatuses: 'none' }), undefined, ''],
  ])('%s', (_, pod, reason, message) => {
    const found = podTrouble([pod], isReady, Date.parse('2026-01-01T01:00:00Z'));
    expect([found?.reason, found?.message ?? '']).toEqual([reason, message]);
  });
});
