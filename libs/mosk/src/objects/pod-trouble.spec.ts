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
    ['nonsense', aPod({ containerStatuses: 'none' }), undefined, ''],
  ])('%s', (_, pod, reason, message) => {
    const found = podTrouble([pod], isReady);
    expect([found?.reason, found?.message ?? '']).toEqual([reason, message]);
  });
});
