import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '@keelson/api';
import { podsPercent } from './pods-percent.js';
import type { Item, WorldService } from './rollout.world.js';

const workload = (replicas: number, updatedReplicas: number): KubeObject =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x', generation: 1 },
    spec: { replicas },
    status: { observedGeneration: 1, updatedReplicas },
  }) as KubeObject;
const item = (replicas: number, updated: number, isCurrent = true): Item => {
  const live = workload(replicas, updated);
  return { wanted: live, live, isCurrent };
};
const ofItems = (...items: readonly Item[]): number | undefined =>
  podsPercent([
    { stages: [{ name: 'workloads', until: 'ready', timeoutSeconds: 60, items }] } as unknown as WorldService,
  ]);

describe('podsPercent', () => {
  it('is of all pods, in steps of five, and whole only when all are there', () => {
    expect(ofItems(item(3, 3), item(7, 3))).toBe(60);
    expect(ofItems(item(3, 3), item(6, 3))).toBe(65);
    expect(ofItems(item(999, 999), item(1, 0))).toBe(95);
    expect(ofItems(item(3, 3))).toBe(100);
  });

  it('counts nothing of what still runs as it was before, or is not there', () => {
    const missing = { wanted: workload(5, 0), live: undefined, isCurrent: false };
    expect(ofItems(item(5, 5, false), item(5, 5))).toBe(50);
    expect(ofItems(missing, item(5, 5))).toBe(50);
  });

  it('is not told where there are no pods', () => {
    expect(podsPercent([])).toBeUndefined();
    expect(ofItems(item(0, 0))).toBeUndefined();
  });
});
