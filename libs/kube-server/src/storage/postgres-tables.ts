/**
 * The tables of the log and its statements. `obj` holds what everything that was forgotten adds up to, `log` what came
 * since: an append writes each object once, and what was there before it is found in the two. Texts compare by bytes,
 * values are JSON as text: nobody queries them, and text keeps what jsonb refuses (U+0000) or rewrites (the order of
 * members). Tables of earlier releases have a column more, `log.prev`, that nobody reads.
 */

/** @param schema an escaped identifier */
export function tableStatements(schema: string): string[] {
  return [
    `create table if not exists ${schema}.meta (one boolean primary key default true check (one), epoch bigint not null, compacted bigint not null)`,
    `insert into ${schema}.meta (epoch, compacted) values (0, 0) on conflict do nothing`,
    `create table if not exists ${schema}.obj (res text collate "C", ns text collate "C", name text collate "C", rv bigint not null, value text not null, primary key (res, ns, name))`,
    `create table if not exists ${schema}.log (rv bigint primary key, res text collate "C" not null, ns text collate "C" not null, name text collate "C" not null, type smallint not null, value text not null)`,
    `create table if not exists ${schema}.floor (res text collate "C" primary key, rv bigint not null)`,
  ];
}

/** Members of `log.type`. */
export const putType = 0;
export const deleteType = 1;

const fence = (schema: string): string =>
  `with fence as (select epoch from ${schema}.meta where epoch = $1 for share) insert into ${schema}.log (rv, res, ns, name, type, value)`;

/**
 * Appends a batch, all or none, while the epoch is ours; as many rows as entries were appended. The share lock on the epoch
 * lasts through the commit: whoever wants to raise the epoch waits for this batch, and a batch that comes after finds the
 * new epoch and does nothing.
 */
export const appendStatement = (schema: string): string => `
${fence(schema)}
select given.* from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[]) as given (rv, res, ns, name, type, value)
where exists (select from fence)`;

/** The same for one entry, which is what one client at a time makes: nothing is packed and unpacked. */
export const appendOneStatement = (schema: string): string => `
${fence(schema)}
select $2::bigint, $3::text, $4::text, $5::text, $6::smallint, $7::text from fence`;

/**
 * Forgets entries up to a revision: what they add up to goes into `obj`, and for each resource the highest is remembered.
 * Gives 0 when the epoch is not ours.
 */
export const compactStatement = (schema: string): string => `
with fence as (update ${schema}.meta set compacted = greatest(compacted, $2::bigint) where epoch = $1 returning epoch),
gone as (delete from ${schema}.log where rv <= $2::bigint and exists (select from fence) returning *),
newest as (select distinct on (res, ns, name) * from gone order by res, ns, name, rv desc),
removed as (delete from ${schema}.obj as old using newest where newest.type = ${deleteType} and old.res = newest.res and old.ns = newest.ns and old.name = newest.name),
stored as (
  insert into ${schema}.obj (res, ns, name, rv, value) select res, ns, name, rv, value from newest where type = ${putType}
  on conflict (res, ns, name) do update set rv = excluded.rv, value = excluded.value
),
floors as (
  insert into ${schema}.floor (res, rv) select res, max(rv) from gone group by res
  on conflict (res) do update set rv = greatest(floor.rv, excluded.rv)
)
select count(*)::int as held from fence`;
