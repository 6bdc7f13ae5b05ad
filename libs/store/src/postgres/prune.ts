import type { DataSource } from 'typeorm';
import type { Retention } from '../retention.js';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** Rows of one statement: a long backlog goes in several, each of which ends well within the limit of time. */
const rowsAtOnce = 5_000;

/**
 * Removes what is past its retention, at most `rowsAtOnce` of each sort per statement; how many rows in all.
 * The newest transition of an object stays as long as the object: by it a restarted service knows what it recorded.
 */
export async function prune(source: DataSource, retention: Retention, now: number): Promise<number> {
  const before = new Date(now - retention.historyDays * dayMs);
  const sentBefore = new Date(now - retention.sentNewsHours * hourMs);
  return (
    (await untilFew(source, oldTransitions, [before, rowsAtOnce])) +
    (await untilFew(source, surplusTransitions, [retention.transitionsPerObject, rowsAtOnce])) +
    (await untilFew(source, sentNews, [sentBefore, before, rowsAtOnce]))
  );
}

const oldTransitions = `
  delete from transition where id in (
    select old.id from transition old
    where old.at < $1 and (
      exists (select 1 from transition newer where newer.kind = old.kind and newer.uid = old.uid and (newer.at, newer.seq) > (old.at, old.seq))
      or old.to_state = ''
    )
    limit $2
  ) returning 1`;

const surplusTransitions = `
  delete from transition where id in (
    select id from (
      select id, row_number() over (partition by kind, uid order by at desc, seq desc) as place from transition
    ) ranked where place > $1 limit $2
  ) returning 1`;

const sentNews = `
  delete from outbox where id in (
    select id from outbox where sent_at < $1 or (refused is not null and created_at < $2) limit $3
  ) returning 1`;

async function untilFew(source: DataSource, statement: string, parameters: readonly unknown[]): Promise<number> {
  for (let removed = 0; ;) {
    const [rows] = (await source.query(statement, [...parameters])) as [unknown[], number];
    removed += rows.length;
    if (rows.length < rowsAtOnce) return removed;
  }
}
