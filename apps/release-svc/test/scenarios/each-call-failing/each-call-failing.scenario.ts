import { describe, expect, it } from '@jest/globals';
import { type ApiFault, type FaultRule, type HermeticCluster, everyStatusWriteOnce } from '@keelson/testing';
import { seededRandom } from '@keelson/std';
import { aCloud } from '../cloud.js';

const steps = ['openstack', 'ceph', 'k8s-controllers', 'k8s-workers-cloud-default', 'mcc-components'];

/** From the offer to the end of the update; every step is ordered once and in order, whatever happens. */
async function play(rule: FaultRule): Promise<HermeticCluster> {
  const cloud = await aCloud({ faults: { api: rule } });
  try {
    await cloud.commence(...steps);
    await cloud.world.until(
      'the update is over',
      async () => (await cloud.plan()).status?.status === 'Completed',
      7200,
    );
    expect(cloud.owners.ordered).toEqual(steps);
    const rows = await cloud.world.records.history({ kind: 'UpdateStep', namespace: 'demo', name: 'cloud.ceph' });
    expect(rows.at(-1)?.to).toBe('Completed');
    return cloud.world;
  } finally {
    await cloud.world.close();
  }
}

/** Every call fails the first time it is made: each by its verb, its object and whether it writes the status. */
function everyCallOnce(fault: ApiFault): FaultRule {
  const seen = new Set<string>();
  return ({ verb, kind, name, isStatus }) => {
    const id = `${verb} ${kind} ${name} ${String(isStatus)}`;
    if (seen.has(id)) return undefined;
    seen.add(id);
    return fault;
  };
}

function atRandom(seed: number): FaultRule {
  const random = seededRandom(`faults/${seed}`);
  const faults: readonly ApiFault[] = ['lostRequest', 'lostAnswer', 'conflict', 'crashBefore', 'crashAfter'];
  return () => (random.next() < 0.15 ? faults[Math.floor(random.next() * faults.length)] : undefined);
}

describe('every call of the service to the API', () => {
  it.each(['lostRequest', 'lostAnswer', 'conflict'] as const)('may fail once (%s) without harm', async (fault) => {
    expect((await play(everyCallOnce(fault))).calls.length).toBeGreaterThan(20);
  });

  it('may lose every other status write', async () => {
    expect((await play(everyStatusWriteOnce())).calls.length).toBeGreaterThan(20);
  });

  it.each([1, 2, 3])('may fail at random, one in seven, the service dying with it (seed %i)', async (seed) => {
    expect((await play(atRandom(seed))).calls.length).toBeGreaterThan(20);
  });
});
