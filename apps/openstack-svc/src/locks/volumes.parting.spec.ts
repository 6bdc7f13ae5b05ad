import { describe, expect, it } from '@jest/globals';
import { apiVersionOf, type StatefulSet, StatefulSetKind } from '@keelson/api';
import type { LocalVolume } from './local-volumes.js';
import { type VolumesWorld, volumesParting } from './volumes.parting.js';

function aSet(readyReplicas: number, replicas = 3): StatefulSet {
  return {
    apiVersion: apiVersionOf(StatefulSetKind),
    kind: StatefulSetKind.kind,
    metadata: { namespace: 'openstack', name: 'mariadb-server' },
    spec: { replicas },
    status: { readyReplicas },
  };
}
const claim = { namespace: 'openstack', name: 'data-mariadb-server-1', uid: 'c', isEnding: false };
const volume = { name: 'pv-1', uid: 'v', isEnding: false };

function aVolume(more: Partial<LocalVolume> = {}): LocalVolume {
  return { name: 'openstack/data-mariadb-server-1', claim, volume, set: aSet(2), ...more };
}

/** What is deleted, what is waited for, what operators are told. */
function parted(more: Partial<VolumesWorld>): readonly [readonly string[], string | undefined, readonly string[]] {
  const world = { node: 'n1', isReleased: true, goneForMs: 0, volumes: [aVolume()], setsWithPods: new Set<string>() };
  const { first, waits, tells } = volumesParting({ ...world, ...more });
  return [first.map(({ local }) => local.name), waits?.reason, tells.map(({ reason }) => reason)];
}
const own = ['openstack/data-mariadb-server-1'];

describe('data on the disks of a node that is gone', () => {
  it('is given up where the node left as it was asked to and the others have it', () =>
    expect(parted({})).toEqual([own, undefined, []]));

  it('is kept for ten minutes where nobody had asked', () => {
    expect(parted({ isReleased: false, goneForMs: 599_000 })).toEqual([[], 'NodeVanished', ['NodeVanished']]);
    expect(parted({ isReleased: false, goneForMs: 600_000 })).toEqual([own, undefined, []]);
  });

  it('is kept while the others are no majority, or may yet count the member that is gone', () => {
    const volumes = [aVolume({ set: aSet(1) })];
    expect(parted({ volumes })).toEqual([[], 'QuorumAtRisk', ['QuorumAtRisk']]);
    expect(parted({ setsWithPods: new Set(['openstack/mariadb-server']) })).toEqual([[], 'PodsEnding', []]);
  });

  it('is kept where it is the only copy, which is said and holds nothing up', () =>
    expect(parted({ volumes: [aVolume({ set: undefined })] })).toEqual([[], undefined, ['OnlyCopyKept']]));

  it('is waited for until its claim has ended; a volume that is left over goes too', () => {
    const ending = { ...claim, isEnding: true };
    expect(parted({ volumes: [aVolume({ claim: ending })] })).toEqual([own, 'ClaimEnding', []]);
    expect(parted({ volumes: [aVolume({ claim: ending, volume: { ...volume, isEnding: true } })] })).toEqual([
      [],
      'ClaimEnding',
      [],
    ]);
    expect(parted({ volumes: [aVolume({ claim: undefined })] })).toEqual([own, undefined, []]);
    expect(parted({ volumes: [aVolume({ claim: undefined, volume: { ...volume, isEnding: true } })] })).toEqual([
      [],
      undefined,
      [],
    ]);
  });
});
