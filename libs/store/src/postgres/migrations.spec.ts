import { describe, expect, it } from '@jest/globals';
import { sha256Json } from '@keelson/std';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { baseMigrations } from './tables.js';

/** Migrations of releases, by the digest of their statements: one that has run somewhere is never edited. */
const released: Readonly<Record<string, string>> = {
  Records1700000000000: '0204bf42c1c8b91759a1e845e2c517d8141ea49d38c7b7c96cb62bc50a4b211c',
};

/**
 * While services are rolled, those of the release before go on with the new tables: a migration only adds what they need not
 * know of. What it takes away goes one release later.
 */
const expanding = [
  /^create table /,
  /^create index (concurrently )?\w+ on /,
  /^alter table \w+ add column (if not exists )?\w+ (?!.*\bnot null\b)/,
  /^alter table \w+ add column (if not exists )?\w+ (?=.*\bnot null\b)(?=.*\bdefault\b)/,
];
const narrowing = (statement: string): boolean => {
  const text = statement.trim().replaceAll(/\s+/g, ' ').toLowerCase();
  return !expanding.some((form) => form.test(text));
};

async function statementsOf(migration: MigrationInterface): Promise<readonly string[]> {
  const statements: string[] = [];
  const query = (statement: string): Promise<void> => Promise.resolve(void statements.push(statement));
  await migration.up({ query } as unknown as QueryRunner);
  return statements;
}

describe('migrations', () => {
  it.each(baseMigrations.map((each) => new each()))(
    '$name: one of a release is as it was, a new one only adds',
    async (each) => {
      const statements = await statementsOf(each);
      expect(statements.length).toBeGreaterThan(0);
      const digest = released[each.name ?? ''];
      if (digest === undefined) expect(statements.filter(narrowing)).toEqual([]);
      else expect(sha256Json(statements)).toBe(digest);
    },
  );

  it('of a release are all there', () => {
    const names = baseMigrations.map((each) => new each().name);
    expect(Object.keys(released).filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each([
    ['create table note (id text primary key)', false],
    ['create index note_at on note (at)', false],
    ['alter table note add column tag text', false],
    ["alter table note add column tag text not null default ''", false],
    ['alter table note add column tag text not null', true],
    ['alter table note alter column tag set not null', true],
    ['alter table note drop column tag', true],
    ['alter table note rename column tag to label', true],
    ['alter table note alter column tag type bigint', true],
    ['create unique index note_tag on note (tag)', true],
    ['drop table note', true],
    ['update note set tag = 1', true],
  ])('%s: breaks the release before: %s', (statement, breaks) => {
    expect(narrowing(statement)).toBe(breaks);
  });
});
