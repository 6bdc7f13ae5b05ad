import { describe, expect, it } from '@jest/globals';
import { transient, VirtualClock } from '@keelson/std';
import { type Needs, readiness } from './readiness.js';

const fine: Needs = {
  started: () => undefined,
  busConnected: () => true,
  pingRecords: () => Promise.resolve(),
  managerLacks: () => undefined,
};

describe('readiness', () => {
  it('lacks nothing when all is there', async () => {
    expect(await readiness(fine, new VirtualClock())()).toEqual([]);
  });

  it('names everything that is missing', async () => {
    const away: Needs = {
      started: () => 'it is starting',
      busConnected: () => false,
      pingRecords: () => Promise.reject(transient('PostgreSQL is away')),
      managerLacks: () => 'caches are not filled',
    };
    expect(await readiness(away, new VirtualClock())()).toEqual([
      'it is starting',
      'NATS is not connected',
      'PostgreSQL is away',
      'caches are not filled',
    ]);
  });

  it('asks a database that answered only once in two seconds', async () => {
    let asked = 0;
    const lacks = readiness({ ...fine, pingRecords: async () => void (asked += 1) }, new VirtualClock());
    await lacks();
    await lacks();
    expect(asked).toBe(1);
  });
});
