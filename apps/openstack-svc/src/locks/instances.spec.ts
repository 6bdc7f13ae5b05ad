import { describe, expect, it } from '@jest/globals';
import type { Instance } from '@keelson/openstack';
import { exodusOf, restOf } from './instances.js';

const anInstance = (id: string): Instance => ({ id, name: id, status: 'ACTIVE', task: null, tags: [] });
const all = Array.from({ length: 200 }, (_, n) => anInstance(`vm-${n}`));

describe('instances that could not be moved', () => {
  it('are tried again after about a minute times their tries, not all at once', () => {
    const at = (now: number): number =>
      exodusOf(all, 'live', { attempts: 3, now }, () => ({ count: 2, at: 0 })).movable.length;
    expect([at(89_000), at(151_000)]).toEqual([0, 200]);
    expect(at(120_000)).toBeGreaterThan(60);
    expect(at(120_000)).toBeLessThan(140);
  });

  it('wait as long whoever asks', () => {
    expect(restOf(anInstance('vm'), 1)).toBe(restOf(anInstance('vm'), 1));
    expect(restOf(anInstance('vm'), 1)).not.toBe(restOf(anInstance('vm'), 2) / 2);
  });
});
