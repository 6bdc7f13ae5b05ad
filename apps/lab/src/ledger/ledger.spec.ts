import { describe, expect, it } from '@jest/globals';
import { savedLab } from '../snapshot/saved.js';
import { Ledger, type LedgerEntry, pageSize } from './ledger.js';

const entry = (at: number, key: string): LedgerEntry => ({
  at,
  server: 'srv-01',
  action: 'wipe',
  key,
  stage: 'installing',
});

describe('the book of destructive actions', () => {
  it('is written page by page and comes back whole', () => {
    const pages = new Set<number>();
    const ledger = new Ledger([], (page) => void pages.add(page));
    for (let i = 0; i < pageSize * 2 + 1; i += 1) ledger.record(entry(i, `i-${i}`));
    const documents = Object.fromEntries([...pages].map((page) => [`ledger/${page}`, ledger.page(page)]));
    expect([[...pages], ledger.page(2).length, savedLab(documents).ledger]).toEqual([[0, 1, 2], 1, ledger.entries()]);
  });

  it('finds a server that was wiped twice for the same installation', () => {
    const ledger = new Ledger([entry(1, 'a'), entry(2, 'b')]);
    expect(ledger.repeatedWipes()).toEqual([]);
    ledger.record(entry(3, 'a'));
    expect(ledger.repeatedWipes()).toEqual([entry(3, 'a')]);
  });
});
