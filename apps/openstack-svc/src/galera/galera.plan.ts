import type { WriteStep } from '../keepers/memory-map.js';
import type { Reference } from '@keelson/api';
import { blockedBy, type Outcome, type Plan, progressing, settled, waitingOn } from '@keelson/reconcile';
import { equalJson, rfc3339 } from '@keelson/std';
import { bootstrapAnnotation, type GaleraMember, type GaleraWorld } from './galera.world.js';
import type { Position } from './positions.js';

const recheckSeconds = 30;
/** Of a member that never had any data. */
const noHistory = '00000000-0000-0000-0000-000000000000';

/** What the state of the database's cluster should say, and what is waited for. */
export function planGalera(world: GaleraWorld): Plan<WriteStep> {
  const { members, ready, data } = world;
  if (members.length < 2 || !world.hasStatus) return { steps: [], outcome: settled };
  if (ready > 0) return serving(world);
  // One that has never served is begun by its first member.
  if (data['initialised'] !== 'true') return { steps: [], outcome: settled };
  if (data['down_since'] === undefined)
    return written(world, { initialised: 'true', down_since: rfc3339(world.now) }, 'no member serves any more');
  if (data['bootstrap'] !== undefined && (world.asked === undefined || world.asked === data['bootstrap']))
    return {
      steps: [],
      outcome: waiting(world, 'Beginning', `${data['bootstrap']} begins the database, the others join`),
    };
  return recovery(world);
}

/** Whoever serves shows that the cluster has begun, and that nobody must begin it anew. */
function serving(world: GaleraWorld): Plan<WriteStep> {
  const wanted = { initialised: 'true' };
  return equalJson(world.data, wanted)
    ? { steps: [], outcome: settled }
    : written(world, wanted, 'the database serves');
}

/** The member with the newest data begins, once every member has told what it has; or the one that an operator names. */
function recovery(world: GaleraWorld): Plan<WriteStep> {
  const { members, asked } = world;
  if (asked !== undefined) {
    if (members.some(({ name }) => name === asked))
      return begins(world, asked, `an operator has named it by ${bootstrapAnnotation}`);
    return {
      steps: [],
      outcome: blocked(world, 'UnknownMember', `${bootstrapAnnotation} names ${asked}, which is no member`),
    };
  }
  const silent = members.filter(({ position }) => position === undefined).map(({ name }) => name);
  if (silent.length > 0) {
    const message = `all members of the database are down; ${silent.join(', ')} did not tell how far its data goes. If it never will, name who begins by the annotation ${bootstrapAnnotation}`;
    return { steps: [], outcome: waiting(world, 'PositionsUnknown', message) };
  }
  const told = members.flatMap(({ name, position }) => (position === undefined ? [] : [{ name, position }]));
  const withData = told.filter(({ position }) => position.uuid !== noHistory);
  if (withData.length === 0)
    return { steps: [], outcome: blocked(world, 'NoData', 'no member of the database has data: restore a backup') };
  const histories = new Set(withData.map(({ position }) => position.uuid));
  if (histories.size > 1) {
    const message = `members of the database have different histories (${withData.map(({ name, position }) => `${name} ${position.uuid}`).join(', ')}): name whose data is kept by the annotation ${bootstrapAnnotation}`;
    return { steps: [], outcome: blocked(world, 'DifferentHistories', message) };
  }
  const newest = withData.reduce((best, member) => (member.position.seqno > best.position.seqno ? member : best));
  return begins(world, newest.name, `it has the newest data (${newest.position.seqno})`);
}

function begins(world: GaleraWorld, member: string, why: string): Plan<WriteStep> {
  const { data, members } = world;
  const positions = Object.fromEntries(members.flatMap(positionEntries));
  const wanted = { initialised: 'true', down_since: data['down_since'] ?? '', bootstrap: member, ...positions };
  return written(world, wanted, `${member} begins the database: ${why}`);
}

function positionEntries({ name, position }: GaleraMember): readonly (readonly [string, string])[] {
  if (position === undefined) return [];
  const { uuid, seqno }: Position = position;
  return [
    [`uuid.${name}`, uuid],
    [`seqno.${name}`, String(seqno)],
  ];
}

function written({ namespace }: GaleraWorld, data: Readonly<Record<string, string>>, why: string): Plan<WriteStep> {
  return { steps: [{ type: 'write', namespace, data, why }], outcome: progressing(why) };
}

function waiting(world: GaleraWorld, reason: string, message: string): Outcome {
  return waitingOn(setOf(world), reason, message, recheckSeconds);
}

function blocked(world: GaleraWorld, reason: string, message: string): Outcome {
  return blockedBy(setOf(world), reason, message);
}

function setOf({ namespace }: GaleraWorld): Reference {
  return { kind: 'StatefulSet', namespace, name: 'mariadb-server' };
}
