import { describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  type OpenStackDeployment,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
} from '@keelson/api';
import { aDeployment } from '../deployment/deployment.fixtures.js';
import { planRollout } from './rollout.plan.js';
import type { RolloutWorld, WorldService } from './rollout.world.js';
import { upgradesOf } from './upgrade.js';

const service = (name: string): WorldService => ({
  name,
  needs: [],
  upgrade: [],
  pausedByUpgrade: false,
  stages: [],
  onDemand: [],
  opening: [],
  closing: [],
  lacks: undefined,
  failure: undefined,
  fingerprint: 'f',
});

const statusOf = (services: Readonly<Record<string, string>>): OpenStackDeploymentStatus => ({
  apiVersion: apiVersionOf(OpenStackDeploymentStatusKind),
  kind: OpenStackDeploymentStatusKind.kind,
  metadata: { name: 'osh', namespace: 'openstack' },
  status: {
    osdpl: { health: '2/2' },
    services: Object.fromEntries(
      Object.entries(services).map(([name, openstack_version]) => [name, { state: 'APPLIED', openstack_version }]),
    ),
  },
});

function worldOf(services: Readonly<Record<string, string>>): RolloutWorld {
  return {
    now: 0,
    object: statusOf(services),
    deployment: aDeployment({ openstack_version: 'epoxy' }) as OpenStackDeployment,
    fingerprint: 'f',
    services: Object.keys(services).map(service),
    troubles: new Map(),
    orphans: [],
    obstacle: undefined,
    failure: undefined,
    rotation: { due: [], upcoming: [], former: [] },
    rotated: {},
    restore: undefined,
    membersOfDatabase: 3,
    release: '21.1.0+26.1',
    toOrder: undefined,
    toKeep: undefined,
    specChanges: undefined,
    host: 'h',
  };
}

describe('the plan of an upgrade', () => {
  it('goes on to the next service as soon as one has arrived, without waiting for an event', () => {
    expect(planRollout(worldOf({ identity: 'caracal', placement: 'caracal' })).outcome).toEqual({
      type: 'progressing',
    });
    expect(planRollout(worldOf({ identity: 'epoxy', placement: 'caracal' })).outcome).toEqual({ type: 'progressing' });
  });

  it('takes those that the reference does not name after those that it does, each by itself', () => {
    const old = { alarming: 'caracal', baremetal: 'caracal', 'shared-file-system': 'caracal', identity: 'epoxy' };
    expect(upgradesOf(worldOf(old)).map(({ name }) => name)).toEqual(['shared-file-system', 'baremetal', 'alarming']);
  });

  it('rests when all have arrived', () => {
    expect(planRollout(worldOf({ identity: 'epoxy', placement: 'epoxy' })).outcome).toEqual({ type: 'settled' });
  });
});
