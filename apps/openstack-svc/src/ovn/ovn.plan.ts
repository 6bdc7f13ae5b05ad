import type { WriteStep } from '../keepers/memory-map.js';
import type { Reference } from '@keelson/api';
import { blockedBy, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { equalJson, rfc3339 } from '@keelson/std';
import type { OperationStep } from '../operations/operation.js';
import { type Data, type Decision, idOf, recheckSeconds, setOf, timeIn } from './decision.js';
import type { OvnSide } from './member-report.js';
import { databaseHealth, hasData, isRemoved, leaderOf, sideNames } from './ovn.health.js';
import { compactAnnotation, type OvnDatabase, type OvnMember, type OvnWorld, rebuildAnnotation } from './ovn.world.js';
import { refilled, refillNoted } from './refill.js';

const ovnSides = ['nb', 'sb'] as const satisfies readonly OvnSide[];
const fillers: Readonly<Record<OvnSide, string>> = {
  nb: "Neutron's networks are written into it",
  sb: 'northd and the controllers fill it',
};

/** Elections take seconds, restarts a minute: no leader for so long is more. */
const graceMs = 180_000;
/** A member joins within seconds of an order; the ConfigMap takes a minute to reach it. */
const overdueMs = 1_800_000;

/** What members of OVN's databases should be ordered to do, and what is waited for. Pure. */
export function planOvn(world: OvnWorld): Plan<WriteStep | OperationStep> {
  let data = withoutClustersOf(removedSides(world), world.data);
  const decisions: Decision[] = [];
  for (const decide of [...world.databases.map((database) => decided(database)), refilled, compacted]) {
    const decision = decide(world, data);
    decisions.push(decision);
    data = decision.data;
  }
  if (!equalJson(data, world.data)) {
    const why = decisions.flatMap((decision) => decision.why ?? []).join('; ');
    return { steps: [{ type: 'write', namespace: world.namespace, data, why }], outcome: progressing(why) };
  }
  const outcome = decisions.find((decision) => decision.outcome !== undefined)?.outcome;
  return { steps: decisions.flatMap(({ step }) => step ?? []), outcome: outcome ?? settled };
}

/** A cloud that is made anew begins anew. */
function removedSides({ databases }: OvnWorld): readonly OvnSide[] {
  return ovnSides.filter((side) => databases.every((database) => database.side !== side));
}

function withoutClustersOf(sides: readonly OvnSide[], data: Data): Data {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !sides.some((side) => key === `${side}.cluster`)));
}

const decided =
  (database: OvnDatabase) =>
  (world: OvnWorld, data: Data): Decision => {
    const leader = leaderOf(database.members);
    if (leader !== undefined) return led(database, world, data);
    const { side, members } = database;
    // One that never served is begun by its members; of one that nobody can be asked about nothing is known.
    const hasServed = data[side] !== undefined || data[`${side}.cluster`] !== undefined;
    if (!members.some(hasData) && (!hasServed || members.every(({ report }) => report === undefined))) return { data };
    const downSince = data[`${side}.down-since`];
    if (downSince === undefined) {
      const why = `the ${sideNames[side]} database has no leader`;
      return { data: { ...data, [`${side}.down-since`]: rfc3339(world.now) }, why };
    }
    return leaderless(database, world, data, Date.parse(downSince));
  };

/** Somebody leads: whoever was removed while it was away joins again. */
function led({ side, members }: OvnDatabase, world: OvnWorld, data: Data): Decision {
  const { [`${side}.down-since`]: downSince, ...served } = data;
  const leader = leaderOf(members);
  if (downSince !== undefined) return { data: served, why: `the ${sideNames[side]} database has a leader` };
  if (leader !== undefined && !members.some(({ report }) => report?.raft?.cluster === data[`${side}.cluster`])) {
    const why = `the ${sideNames[side]} database is the cluster ${leader.cluster}`;
    const next = { ...served, [`${side}.cluster`]: leader.cluster };
    // A cluster that took another's place without an order has its data from elsewhere, such as a backup.
    const isAnother = side === 'nb' && data[`${side}.cluster`] !== undefined;
    return { data: isAnother ? refillNoted(next, idOf(world)) : next, why };
  }
  const removed = members.find(
    (member) => leader !== undefined && isRemoved(member, leader) && !isOrdered(data[`${side}.${member.name}`], world),
  );
  if (removed !== undefined) {
    const key = `${side}.${removed.name}`;
    const why = `${removed.name} was removed from the ${sideNames[side]} database and joins it again`;
    return { data: { ...served, [key]: idOf(world) }, why };
  }
  const { finding, message = '' } = databaseHealth({ side, members });
  if (finding === 'Ready') return { data };
  return { data, outcome: waitingOn(setOf(world, side), 'DatabaseDegraded', message, recheckSeconds) };
}

/** An order of these minutes is still under way. */
function isOrdered(order: string | undefined, { now }: OvnWorld): boolean {
  return order !== undefined && now - timeIn(order) < overdueMs;
}

/** Nobody leads: either that passes, or the cluster begins anew from the newest data that is left. */
function leaderless({ side, members }: OvnDatabase, world: OvnWorld, data: Data, downSince: number): Decision {
  const name = `the ${sideNames[side]} database`;
  const on = setOf(world, side);
  const asked = askedMember(world, side);
  if (asked !== undefined && data[`${side}.asked`] !== world.rebuildAsked) {
    const chosen = asked === '' ? newestOrFirst(members)?.name : members.find((member) => member.name === asked)?.name;
    if (chosen === undefined) {
      const message = `${rebuildAnnotation}=${world.rebuildAsked ?? ''} names no member of ${name} with data`;
      return { data, outcome: blockedBy(on, 'UnknownMember', message) };
    }
    return begun(side, chosen, world, { ...data, [`${side}.asked`]: world.rebuildAsked ?? '' });
  }
  const order = data[side];
  if (order !== undefined && timeIn(order) >= downSince) {
    const [, member = ''] = order.split(' ');
    const message = `${name} begins anew from the data of ${member}, and the others join it`;
    if (isOrdered(order, world)) return { data, outcome: waitingOn(on, 'BeginningAnew', message, recheckSeconds) };
    const late = `${name} was to begin anew from the data of ${member} and has had no leader for ${overdueMs / 60_000} minutes: ${howToAsk(side)}`;
    return { data, outcome: blockedBy(on, 'DatabaseDown', late) };
  }
  if (world.now - downSince < graceMs) {
    const message = `${name} has no leader; an election may end that`;
    return { data, outcome: waitingOn(on, 'NoLeader', message, recheckSeconds) };
  }
  const survivor = newest(members);
  if (survivor === undefined) {
    const message = `no member of ${name} has data: restore it, or let one begin empty (${howToAsk(side)}): ${fillers[side]} then`;
    return { data, outcome: blockedBy(on, 'NoData', message) };
  }
  if (isGoneForGood(survivor, members)) return begun(side, survivor.name, world, data);
  const away = members.filter((member) => !hasData(member)).map((member) => member.name);
  const message =
    away.length === 0
      ? `${name} has no leader although all members have their data: see whether they reach each other on the Raft port`
      : `${name} has no majority without ${away.join(', ')}: bring one of them back. If that is not possible, ${howToAsk(side)}; what only they had is lost`;
  return { data, outcome: waitingOn(on, 'NoMajority', message, recheckSeconds) };
}

/** Who is back without its data, or under another id, cannot vote as what it was: without so many there is no majority any more. */
function isGoneForGood({ report }: OvnMember, members: readonly OvnMember[]): boolean {
  const servers = report?.raft?.servers ?? [];
  const gone = servers.filter(({ id, address }) => {
    const now = members.find(({ name }) => address.startsWith(`tcp:${name}.`))?.report;
    if (now === undefined) return false;
    return now.raft === undefined ? now.bytes === undefined : now.raft.server !== id;
  });
  return gone.length >= Math.ceil(servers.length / 2);
}

function howToAsk(side: string): string {
  return `set the annotation ${rebuildAnnotation}=${side}, or ${side}:<member> for the data of that member`;
}

/** The member that an operator names, '' for the newest; undefined when this database is not meant. */
function askedMember({ rebuildAsked }: OvnWorld, side: string): string | undefined {
  const [of, member = ''] = rebuildAsked?.split(':') ?? [];
  return of === side ? member : undefined;
}

function begun(side: OvnDatabase['side'], member: string, world: OvnWorld, data: Data): Decision {
  const why = `the ${sideNames[side]} database begins anew from the data of ${member}`;
  const { [`${side}.cluster`]: _, ...rest } = data;
  const next = { ...rest, [side]: `${idOf(world)} ${member}` };
  // What was written last may be missing in the data that is left, and everything is in a database that begins empty.
  return { data: side === 'nb' ? refillNoted(next, idOf(world)) : next, why };
}

/** Where all can be asked and none serves it: one that has a file at least, else the first, which begins empty. */
function newestOrFirst(members: readonly OvnMember[]): OvnMember | undefined {
  if (members.some(hasData) || members.some(({ report }) => report === undefined)) return newest(members);
  return members.find(({ report }) => report?.bytes !== undefined) ?? members[0];
}

/** The member with the newest data: the latest term first, then the longest log. */
function newest(members: readonly OvnMember[]): OvnMember | undefined {
  const age = ({ report }: OvnMember): readonly [number, number] => [
    report?.raft?.term ?? 0,
    report?.raft?.lastEntry ?? 0,
  ];
  return members.filter(hasData).reduce<OvnMember | undefined>((best, member) => {
    if (best === undefined) return member;
    const [[term, entry], [bestTerm, bestEntry]] = [age(member), age(best)];
    return term > bestTerm || (term === bestTerm && entry > bestEntry) ? member : best;
  }, undefined);
}

/** Compaction that an operator asks for: done when every member says so. */
function compacted({ databases, compactAsked, ...world }: OvnWorld, data: Data): Decision {
  if (compactAsked === undefined || databases.length === 0) return { data };
  if (data['compact'] !== compactAsked)
    return { data: { ...data, compact: compactAsked }, why: `all members compact, as ${compactAnnotation} asks` };
  const members = databases.flatMap((database) => database.members);
  const late = members.filter(({ report }) => report?.compactOrdered !== compactAsked).map(({ name }) => name);
  if (late.length === 0) return { data };
  const on: Reference = { kind: 'StatefulSet', namespace: world.namespace, name: late[0]?.replace(/-\d+$/u, '') ?? '' };
  const message = `waits for ${late.join(', ')} to compact; take ${compactAnnotation} away to wait no more`;
  return { data, outcome: waitingOn(on, 'Compacting', message, recheckSeconds) };
}
