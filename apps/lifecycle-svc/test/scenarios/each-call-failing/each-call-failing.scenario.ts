import { describe, expect, it } from '@jest/globals';
import { MachineKind } from '@keelson/api';
import { seededRandom } from '@keelson/std';
import { type ApiFault, type FaultRule, type HermeticCluster, everyStatusWriteOnce } from '@keelson/testing';
import { aCluster, aMachine, aRack, aSubnet, namespace } from '../rack/rack.js';

/** From manifests to Ready, then the worker deleted again. */
async function play(rule: FaultRule): Promise<HermeticCluster> {
  const rack = await aRack({ servers: 2, hermetic: { faults: { api: rule } } });
  try {
    await rack.world.apply(aSubnet(), aCluster(), aMachine('cp-1', 1), aMachine('wk-1', 2));
    await rack.allReady(1800);
    await rack.remove('wk-1');
    await rack.world.until(
      'wk-1 is gone',
      async () => (await rack.world.find(MachineKind, { namespace, name: 'wk-1' })) === undefined,
      1800,
    );
    const host = await rack.host('srv-2');
    if (host.spec.consumerRef !== undefined || host.status?.provisioning.state !== 'available')
      throw new Error('the host was not given back');
    return rack.world;
  } finally {
    await rack.close();
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
  const faults: readonly ApiFault[] = ['lostRequest', 'lostAnswer', 'conflict'];
  return () => (random.next() < 0.15 ? faults[Math.floor(random.next() * faults.length)] : undefined);
}

describe('every call of the service to the API', () => {
  it.each(['lostRequest', 'lostAnswer', 'conflict'] as const)('may fail once (%s) without harm', async (fault) => {
    expect((await play(everyCallOnce(fault))).calls.length).toBeGreaterThan(80);
  });

  it('may lose every other status write', async () => {
    expect((await play(everyStatusWriteOnce())).calls.length).toBeGreaterThan(80);
  });

  it.each([1, 2, 3, 4, 5, 6])('may fail at random, one in seven (seed %i)', async (seed) => {
    expect((await play(atRandom(seed))).calls.length).toBeGreaterThan(80);
  });
});
