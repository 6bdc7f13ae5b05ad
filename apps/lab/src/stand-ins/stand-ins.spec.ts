import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Bus, memoryBus } from '@keelson/bus';
import { absentServices } from '@keelson/contracts';
import { VirtualClock, seededRandom, silentLog } from '@keelson/std';
import { Faults } from '../faults/faults.js';
import { Pace } from '../world/pace.js';
import { standInForAbsent } from './stand-ins.js';

const query = { namespace: 'demo', cluster: 'first', plan: 'first-2.0.0', step: 'ceph', target: 'mosk-2' };
const { storage, observability } = absentServices;

describe('the stand-ins', () => {
  const clock = new VirtualClock(0);
  let faults: Faults;
  let bus: Bus;
  beforeEach(async () => {
    faults = new Faults(clock);
    bus = memoryBus({ clock, random: seededRandom('bus') });
    await standInForAbsent(bus, { clock, faults, log: silentLog, pace: new Pace(10) });
  });
  const told = async <A>(answer: Promise<A>): Promise<A> => {
    await clock.advanceTo(clock.now() + 100);
    return answer;
  };
  const progress = () => told(bus.request(storage.requests.progress, query, { timeoutMs: 5000 }));
  const order = (hold?: string) =>
    told(bus.request(storage.requests.update, { ...query, ...(hold && { hold }) }, { timeoutMs: 5000 }));

  it('take a while for a step, and say that they are simulated', async () => {
    expect((await progress()).status).toBe('NotAsked');
    const { status, message } = await order();
    expect([status, message]).toEqual(['InProgress', expect.stringContaining('simulated by the lab')]);
    await clock.advanceTo(clock.now() + 30_000);
    expect((await progress()).status).toBe('Completed');
    const other = bus.request(storage.requests.progress, { ...query, target: 'mosk-3' }, { timeoutMs: 5000 });
    expect((await told(other)).status).toBe('NotAsked');
  });

  it('fail, hold and fire alerts when told to', async () => {
    await order('an alert fires');
    await clock.advanceTo(clock.now() + 60_000);
    expect(await progress()).toMatchObject({ status: 'InProgress', hold: 'an alert fires' });
    const fault = faults.inject({ kind: 'updateStepFails', servers: ['demo/*/ceph'], from: 0 });
    expect((await order()).status).toBe('Failed');
    faults.clear(fault.id);
    expect((await progress()).status).toBe('Completed');
    faults.inject({ kind: 'alertFires', servers: ['demo/first/B', 'demo/*/A', 'other/first/C'], from: 0 });
    const alerts = bus.request(observability.requests.list, query, { timeoutMs: 5000 });
    expect(await told(alerts)).toEqual({ firing: ['A', 'B'] });
  });
});
