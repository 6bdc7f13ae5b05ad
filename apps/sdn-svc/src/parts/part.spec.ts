import { describe, expect, it } from '@jest/globals';
import type { DaemonSet } from '@keelson/api';
import { anOpenSdn } from '../opensdn/opensdn.fixtures.js';
import { renderOpenSdn } from '../opensdn/render.js';
import { type PartWorld, statusOf } from './part.reconciler.js';
import { parts } from './parts.js';

function aSet(wanted: number, ready: number): DaemonSet {
  const counts = { numberReady: ready, numberAvailable: ready, updatedNumberScheduled: wanted };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'tf-config', namespace: 'tf', generation: 1 },
    status: { observedGeneration: 1, desiredNumberScheduled: wanted, ...counts },
  };
}
const aWorld = (over: Partial<PartWorld>): PartWorld => ({ isOurs: true, isEnabled: true, workloads: [], ...over });

describe('the status of a part', () => {
  it.each([
    ['another maker', { isOurs: false }, undefined],
    ['nothing to run', { isEnabled: false }, { state: 'Disabled', health: '0/0' }],
    ['nothing there yet', {}, { state: 'Deploying', health: '0/0', message: 'not applied yet' }],
    ['no node for it', { workloads: [aSet(0, 0)] }, { state: 'Disabled', health: '0/0' }],
    ['all pods ready', { workloads: [aSet(3, 3), aSet(2, 2)] }, { state: 'Ready', health: '5/5' }],
    [
      'a pod that is not',
      { workloads: [aSet(3, 2)] },
      {
        state: 'Deploying',
        health: '2/3',
        message: 'DaemonSet tf/tf-config pods on 2 of 3 nodes are available',
      },
    ],
  ])('%s', (_what, over, status) => {
    expect(statusOf(aWorld(over))).toEqual(status);
  });
});

it('every part is rendered once, and no workload of the services without one', () => {
  const objects = renderOpenSdn(
    anOpenSdn({ features: { imagePreCaching: false }, devOptions: { tools: { enabled: true } } }),
  ).flatMap((one) => one.objects);
  const kinds = parts.map(({ kind }) => objects.filter((object) => object.kind === kind.kind).length);
  const owned = parts.flatMap(({ components }) => components);
  const others = objects
    .filter(({ kind }) => kind === 'DaemonSet')
    .map(({ metadata }) => metadata.labels?.['component']);
  expect([kinds, others.filter((component) => !owned.includes(component ?? ''))]).toEqual([parts.map(() => 1), []]);
});
