import { describe, expect, it } from '@jest/globals';
import type { Node, Pod } from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import { daemonName, daemonSet, podOf, replicaSet, workloadName } from './pod.js';
import { planPods } from './pods.plan.js';

const now = Date.UTC(2026, 0, 1);

function aNode(name: string, more: { isReady?: boolean; isCordoned?: boolean; isControl?: boolean } = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: more.isControl === true ? { 'node-role.kubernetes.io/control-plane': '' } : {} },
    spec: { unschedulable: more.isCordoned === true },
    status: { conditions: [{ type: 'Ready', status: more.isReady === false ? 'Unknown' : 'True' }] },
  };
}

const daemon = (node: string): Pod => podOf(daemonSet(), `${daemonName}-${node}`, node);
const work = (name: string, node: string): Pod => podOf(replicaSet(), `${workloadName}-${name}`, node);
const evicted = (pod: Pod, secondsAgo: number): Pod => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    deletionGracePeriodSeconds: 30,
    deletionTimestamp: rfc3339(now + (30 - secondsAgo) * 1000),
  },
});
const plan = (nodes: readonly Node[], pods: readonly Pod[], dead: readonly string[] = []) =>
  planPods({ nodes, pods, hasKubelet: (node) => !dead.includes(node), now, endingMs: 10_000 });
const idle = { remove: [], daemons: [], daemonNodes: 1, placed: [], replicas: 2, lookAgainAt: undefined };

describe('the pods of a simulated cluster', () => {
  it('run a daemon on every Ready node and two of the workload for each worker', () => {
    expect(
      plan([aNode('cp', { isControl: true }), aNode('a'), aNode('b'), aNode('late', { isReady: false })], []),
    ).toEqual({
      ...idle,
      daemons: ['cp', 'a', 'b'],
      daemonNodes: 3,
      placed: ['a', 'b', 'a', 'b'],
      replicas: 4,
    });
    expect(plan([aNode('a')], [daemon('a'), work('1', 'a'), work('2', 'a')])).toEqual(idle);
  });

  it('go to uncordoned workers only, and nowhere when there is none', () => {
    const ending = evicted(work('1', 'a'), 2);
    const pods = [daemon('a'), daemon('b'), ending, work('2', 'a'), work('3', 'b'), work('4', 'b')];
    expect(plan([aNode('a', { isCordoned: true }), aNode('b')], pods)).toEqual({
      ...idle,
      daemonNodes: 2,
      placed: ['b'],
      replicas: 4,
      lookAgainAt: now + 8_000,
    });
    expect(plan([aNode('a', { isCordoned: true })], [daemon('a'), ending, work('2', 'a')])).toEqual({
      ...idle,
      lookAgainAt: now + 8_000,
    });
  });

  it('are gone a while after they were told to end, but not from a node whose kubelet is dead', () => {
    const pods = [daemon('a'), evicted(work('1', 'a'), 10), work('2', 'a'), work('3', 'a')];
    expect(plan([aNode('a')], pods)).toEqual({ ...idle, remove: [{ namespace: 'simulated', name: 'workload-1' }] });
    expect(plan([aNode('a')], pods, ['a'])).toEqual(idle);
  });

  it('go with their node, and those too many without it', () => {
    const pods = [daemon('a'), daemon('gone'), work('1', 'a'), work('2', 'gone'), work('3', 'a'), work('4', 'a')];
    expect(plan([aNode('a')], pods)).toEqual({
      ...idle,
      remove: ['node-daemon-gone', 'workload-2', 'workload-4'].map((name) => ({ namespace: 'simulated', name })),
    });
  });
});
