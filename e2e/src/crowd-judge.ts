import type { ApiObject } from './api-client.js';
import type { Deed, Follower, Scope, Seen } from './crowd.js';

/** A row of the log of objects, from the database itself. */
export interface LogRow {
  readonly rv: string;
  readonly name: string;
  readonly type: number;
  readonly value: string;
}

interface Entry {
  readonly version: number;
  readonly name: string;
  readonly type: 'put' | 'delete';
  readonly token: string;
  readonly isOdd: boolean;
}

/** The statement that gives the log of the crowd's objects. */
export const crowdLog =
  "select rv, name, type, value from kube_api.log where res = 'configmaps' and ns = 'crowd' order by rv";

export function entriesOf(rows: readonly LogRow[]): Entry[] {
  return rows.map(({ rv, name, type, value }) => {
    const { metadata, data } = JSON.parse(value) as ApiObject;
    return {
      version: Number(rv),
      name,
      type: type === 0 ? 'put' : 'delete',
      token: data?.token ?? '',
      isOdd: metadata.labels?.parity === 'odd',
    };
  });
}

/**
 * How the deeds of one object's writers and its history differ, as sentences. What was acknowledged must be there, in order
 * and under its resourceVersion; between may stand only what has an unknown outcome, once.
 */
export function deedFaults(entries: readonly Entry[], deeds: readonly Deed[]): string[] {
  const byToken = new Map(entries.filter(({ type }) => type === 'put').map((entry) => [entry.token, entry]));
  const known = new Set(deeds.map(({ token }) => token));
  const puts = deeds.filter((deed) => deed.type === 'put');
  return [
    ...puts
      .filter(({ token, version }) => version !== undefined && byToken.get(token)?.version !== version)
      .map(({ name, token, version }) => `${name} ${token} was acknowledged at ${version} and is not there`),
    ...entries
      .filter(({ type, token }) => type === 'put' && !known.has(token))
      .map(({ name, token }) => `${name} ${token} is there, and nobody wrote it`),
    ...(byToken.size === entries.filter(({ type }) => type === 'put').length ? [] : ['a write is there twice']),
    ...deletionFaults(entries, deeds),
    ...orderFaults(deeds),
  ];
}

/** Every acknowledged deletion is there, and no more than were asked for. */
function deletionFaults(entries: readonly Entry[], deeds: readonly Deed[]): string[] {
  const names = new Set(deeds.map(({ name }) => name));
  return [...names].flatMap((name) => {
    const asked = deeds.filter((deed) => deed.name === name && deed.type === 'delete');
    const done = asked.filter(({ version }) => version !== undefined).length;
    const there = entries.filter((entry) => entry.name === name && entry.type === 'delete').length;
    return there >= done && there <= asked.length
      ? []
      : [`${name}: ${there} deletions are there, ${done} were acknowledged, ${asked.length} asked for`];
  });
}

/** A write that began after another was acknowledged has the higher resourceVersion, whatever happened between. */
function orderFaults(deeds: readonly Deed[]): string[] {
  const acknowledged = deeds.filter(({ version }) => version !== undefined && version > 0);
  const byEnd = [...acknowledged].sort((a, b) => a.ended - b.ended);
  let next = 0;
  let highest = 0;
  return [...acknowledged]
    .sort((a, b) => a.begun - b.begun)
    .flatMap(({ name, token, begun, version = 0 }) => {
      for (; (byEnd[next]?.ended ?? Infinity) < begun; next += 1)
        highest = Math.max(highest, byEnd[next]?.version ?? 0);
      return version > highest ? [] : [`${name} ${token} got ${version} after ${highest} had been acknowledged`];
    });
}

/** The events that a watch from `from` on must have brought, no more, no less and in this order. */
export function expectedEvents(entries: readonly Entry[], scope: Scope, from: number): Seen[] {
  const before = new Map<string, Entry>();
  return entries.flatMap((entry) => {
    const { name, version, type } = entry;
    const previous = before.get(name);
    if (type === 'put') before.set(name, entry);
    else before.delete(name);
    if (version <= from) return [];
    const matches = (state: Entry | undefined): boolean => state !== undefined && (scope !== 'odd' || state.isOdd);
    const did = matches(previous);
    if (type === 'put' && matches(entry))
      return [{ type: did ? 'MODIFIED' : 'ADDED', name, version, token: entry.token }];
    return did ? [{ type: 'DELETED', name, version, token: previous?.token ?? '' }] : [];
  });
}

/** How what a follower has seen differs from the log, as sentences. */
export function followerFaults(entries: readonly Entry[], follower: Follower): string[] {
  const expected = expectedEvents(entries, follower.scope, follower.from).map(text);
  const seen = follower.events.map(text);
  const at = Math.max(expected.length, seen.length);
  const first = Array.from({ length: at }, (_, i) => i).find((i) => expected[i] !== seen[i]);
  const differences =
    first === undefined
      ? []
      : [
          `${follower.scope} from ${follower.from}: of ${expected.length} events ${seen.length} were seen; the first that differs: ${seen[first] ?? 'none'} in place of ${expected[first] ?? 'none'}`,
        ];
  return [...differences, ...follower.refusals.map((refusal) => `${follower.scope}: ${refusal}`)];
}

function text({ type, name, version, token }: Seen): string {
  return `${type} ${name} ${version} ${token}`;
}
