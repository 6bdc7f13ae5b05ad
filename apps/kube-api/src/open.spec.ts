import { describe, expect, it } from '@jest/globals';
import { type Engine, WriterLost, memoryLog, openEngine } from '@keelson/kube-server';
import { type Log, VirtualClock, seededRandom, silentLog } from '@keelson/std';
import { countedLog, noWrites } from './counted-log.js';
import { openPatiently } from './open.js';

function aDatabaseThatComesUpAfter(tries: number) {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (message) => void warnings.push(message) };
  const counts = noWrites();
  let tried = 0;
  const open = (): Promise<Engine> => {
    tried += 1;
    if (tried <= tries) return Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:15432'));
    return openEngine({
      log: countedLog(memoryLog(), counts),
      profile: 'management',
      clock,
      random: seededRandom(1),
      logger: silentLog,
    });
  };
  return { clock, warnings, log, counts, open };
}

describe('opening the engine', () => {
  it('waits for a database that is not there yet, and says so', async () => {
    const { clock, warnings, log, counts, open } = aDatabaseThatComesUpAfter(3);
    const opening = openPatiently(open, { clock, random: seededRandom(2), log });
    await clock.advance(60_000);
    const engine = await opening;
    expect({
      warnings: warnings.length,
      first: warnings[0],
      hasWritten: counts.writes > 0,
      revision: engine.registry.store.revision,
    }).toEqual({
      warnings: 3,
      first: expect.stringMatching(/^the database cannot be used yet, next try in 0\.\d s: connect ECONNREFUSED/),
      hasWritten: true,
      revision: counts.writes,
    });
    await engine.close();
  });

  it('gives way at once to another writer', async () => {
    const open = (): Promise<Engine> => Promise.reject(new WriterLost('epoch 4 is newer'));
    await expect(
      openPatiently(open, { clock: new VirtualClock(), random: seededRandom(3), log: silentLog }),
    ).rejects.toThrow('epoch 4 is newer');
  });
});
