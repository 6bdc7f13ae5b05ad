import { describe, expect, it } from '@jest/globals';
import type { Deployment } from '@keelson/api';
import { deploymentStatus, type ProcessStanding } from './deployment-status.js';
import { deploymentFor, wantedVersion } from './deployments.js';

const now = Date.parse('2026-07-01T12:00:00Z');
const workload = { deployment: 'a-svc', services: ['a-svc'] };
const deployment: Deployment = deploymentFor(workload, '2.0.0');
const minutes = (count: number): number => now - count * 60_000;

function told(standing: Partial<ProcessStanding>, of = deployment): readonly unknown[] {
  const { replicas, updatedReplicas, availableReplicas, conditions } = deploymentStatus(
    of,
    { version: '1.0.0', isReady: true, wanted: '2.0.0', ...standing },
    now,
  );
  const progressing = conditions?.find(({ type }) => type === 'Progressing');
  return [replicas, updatedReplicas, availableReplicas, progressing?.status, progressing?.reason];
}

describe('the Deployment of a process', () => {
  it.each<[string, Partial<ProcessStanding>, readonly unknown[]]>([
    ['runs as it is wanted', { version: '2.0.0' }, [1, 1, 1, 'True', 'NewReplicaSetAvailable']],
    ['has died a moment ago', { version: '2.0.0', isReady: false }, [1, 1, 0, 'True', 'NewReplicaSetAvailable']],
    ['is to be another', {}, [1, 0, 1, 'True', 'ReplicaSetUpdated']],
    [
      'has the other beside it',
      { beside: { sinceMs: minutes(1), missing: 'NATS is not connected' } },
      [2, 1, 1, 'True', 'ReplicaSetUpdated'],
    ],
    [
      'has it beside for too long',
      { beside: { sinceMs: minutes(4), missing: 'NATS is not connected' } },
      [2, 1, 1, 'False', 'ProgressDeadlineExceeded'],
    ],
    [
      'cannot have it',
      { trouble: { reason: 'VersionMissing', message: 'version 2.0.0 is not on this machine' } },
      [1, 0, 1, 'False', 'VersionMissing'],
    ],
  ])('that %s', (_what, standing, status) => {
    expect(told(standing)).toEqual(status);
  });

  it('that is paused stays as it is', () => {
    expect(told({}, { ...deployment, spec: { ...deployment.spec, paused: true } })).toEqual([
      1,
      0,
      1,
      'Unknown',
      'DeploymentPaused',
    ]);
  });

  it('is not written anew while nothing changes', () => {
    const standing = { version: '2.0.0', isReady: true, wanted: '2.0.0' };
    const status = deploymentStatus(deployment, standing, now);
    expect(deploymentStatus({ ...deployment, status }, standing, now + 60_000)).toEqual(status);
  });

  it('wants one version of all its images, or none', () => {
    const both = { deployment: 'keelson', services: ['a-svc', 'b-svc'] };
    const mixed = deploymentFor(both, '1.0.0');
    const containers = [
      { name: 'a-svc', image: 'registry.example:5000/a-svc:1.0.0' },
      { name: 'b-svc', image: 'b-svc:2.0.0' },
    ];
    expect([
      wantedVersion(deploymentFor(both, '1.0.0')),
      wantedVersion({ ...mixed, spec: { ...mixed.spec, template: { spec: { containers } } } }),
    ]).toEqual(['1.0.0', undefined]);
  });
});
