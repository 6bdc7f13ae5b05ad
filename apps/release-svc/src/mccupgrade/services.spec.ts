import { describe, expect, it } from '@jest/globals';
import type { Deployment, KaaSRelease } from '@keelson/api';
import { serviceRolls } from './services.js';

const now = Date.parse('2026-07-01T12:00:00Z');
const rolledOut = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

const release = (versions: Readonly<Record<string, string>>, namespace = 'keelson-system'): KaaSRelease => ({
  apiVersion: 'kaas.mirantis.com/v1alpha1',
  kind: 'KaaSRelease',
  metadata: { name: 'kaas-2-32-0' },
  spec: {
    version: '2.32.0',
    clusterRelease: 'mgmt-2',
    management: { helmReleases: Object.entries(versions).map(([name, version]) => ({ name, namespace, version })) },
  },
});

function deployment(
  image: string,
  status: Deployment['status'] = rolledOut,
  more: Deployment['spec'] = {},
): Deployment {
  const name = /([a-z-]+)(:[^/]*)?$/.exec(image.split('@')[0] ?? '')?.[1] ?? '';
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, generation: 2, annotations: { 'keelson.dev/rolled-at': '2026-07-01T11:59:00Z' } },
    spec: { replicas: 2, ...more, template: { spec: { containers: [{ name, image }] } } },
    status,
  };
}

const imagesOf = (of: KaaSRelease, ...deployments: Deployment[]): readonly string[] =>
  serviceRolls(of, deployments, now).flatMap(({ containers }) => containers.map(({ image }) => image));

describe('the services that a release names', () => {
  it('roll by name, the one that moves the others last; others are let be', () => {
    const versions = { 'release-svc': '2', 'sdn-svc': '2', 'baremetal-svc': '2' };
    const there = ['release-svc', 'sdn-svc', 'proxy-svc', 'baremetal-svc'].map((name) =>
      deployment(`keelson/${name}:1`),
    );
    expect(imagesOf(release(versions), ...there)).toEqual([
      'keelson/baremetal-svc:2',
      'keelson/sdn-svc:2',
      'keelson/release-svc:2',
    ]);
    expect(imagesOf(release(versions, 'kaas'), ...there)).toEqual([]);
  });

  it.each([
    ['a-svc', 'a-svc:2'],
    ['registry.example:5000/keelson/a-svc:1.0.0', 'registry.example:5000/keelson/a-svc:2'],
    ['registry.example:5000/a-svc', 'registry.example:5000/a-svc:2'],
    ['keelson/a-svc:1@sha256:abc', 'keelson/a-svc:2'],
  ])('get the tag of their version: %s', (image, wanted) => {
    expect(imagesOf(release({ 'a-svc': '2' }), deployment(image))).toEqual([wanted]);
  });

  const condition = (type: string, status: string, reason: string): object => ({ type, status, reason, message: 'm' });
  const observed = (more: object): object => ({ observedGeneration: 2, replicas: 3, updatedReplicas: 1, ...more });
  it.each<[string, Deployment, object]>([
    ['of another version', deployment('a-svc:1'), { state: 'Waiting' }],
    ['rolled out', deployment('a-svc:2'), { state: 'Done' }],
    [
      'with an old process yet',
      deployment('a-svc:2', { ...rolledOut, replicas: 3 }),
      { state: 'Rolling', message: '2 of 2 new, 1 old, 2 available' },
    ],
    [
      'not taken notice of yet',
      deployment('a-svc:2', { ...rolledOut, observedGeneration: 1 }),
      { state: 'Rolling', message: 'its change is not taken notice of yet' },
    ],
    [
      'that gets no further',
      deployment('a-svc:2', observed({ conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded')] })),
      { state: 'Blocked', reason: 'ProgressDeadlineExceeded', message: 'm' },
    ],
    [
      'that cannot be started',
      deployment('a-svc:2', observed({ conditions: [condition('ReplicaFailure', 'True', 'VersionMissing')] })),
      { state: 'Blocked', reason: 'VersionMissing', message: 'm' },
    ],
    [
      'held by an operator',
      deployment('a-svc:1', rolledOut, { paused: true }),
      { state: 'Blocked', reason: 'Paused', message: expect.stringContaining('kubectl rollout resume') },
    ],
  ])('tell how they stand: %s', (_what, of, standing) => {
    expect(serviceRolls(release({ 'a-svc': '2' }), [of], now).map((roll) => roll.standing)).toEqual([standing]);
  });

  it('have no controller when nobody takes notice for two minutes', () => {
    const [roll] = serviceRolls(
      release({ 'a-svc': '2' }),
      [deployment('a-svc:2', { ...rolledOut, observedGeneration: 1 })],
      now + 61_000,
    );
    expect(roll?.standing).toMatchObject({ state: 'Blocked', reason: 'NotObserved' });
  });
});
