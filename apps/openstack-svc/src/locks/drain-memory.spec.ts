import { describe, expect, it } from '@jest/globals';
import { DrainMemory } from './drain-memory.js';

const second = 1000;
const migration = { id: '7', instance: 'web' } as const;

describe('the headway of a live migration', () => {
  it('is none for as long as no less is left to copy', () => {
    const drain = new DrainMemory();
    const at = (seconds: number, remaining: number) =>
      drain.headwayOf(
        'cmp-1',
        { ...migration, status: 'running', memory: { total: 100, remaining } },
        seconds * second,
      );
    expect(at(1, 80).standsForMs).toBe(0);
    expect(at(11, 90).standsForMs).toBe(10 * second);
    expect(at(21, 60).standsForMs).toBe(0);
  });

  it.each(['preparing', 'running'])('is none either where one that is %s tells no figures', (status) => {
    const drain = new DrainMemory();
    const at = (seconds: number, memory?: { total: number; remaining: number }) =>
      drain.headwayOf('cmp-1', { ...migration, status, memory }, seconds * second);
    expect(at(1)).toEqual({ endsInMs: undefined, standsForMs: 0 });
    expect(at(200)).toEqual({ endsInMs: undefined, standsForMs: 199 * second });
    expect(at(201, { total: 100, remaining: 100 }).standsForMs).toBe(0);
  });

  it.each(['queued', 'accepted', 'post-migrating'])('is not judged while it is %s', (status) => {
    const drain = new DrainMemory();
    const at = (seconds: number) =>
      drain.headwayOf('cmp-1', { ...migration, status, memory: undefined }, seconds * second);
    expect([at(1), at(900)]).toEqual(Array.from({ length: 2 }, () => ({ endsInMs: undefined, standsForMs: 0 })));
  });
});
