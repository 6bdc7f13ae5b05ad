import { describe, expect, it } from '@jest/globals';
import { type MemberReport, raftStatusIn, reportIn } from './member-report.js';
import { databaseHealth } from './ovn.health.js';
import { planOvn } from './ovn.plan.js';
import type { OvnMember, OvnWorld } from './ovn.world.js';

const at = Date.parse('2026-01-01T00:10:00Z');
const ids = ['b7ed', '7a31', 'e146'];
const cluster = 'c2ca9fe0-4d5e-4ef7-9efb-bdb258116808';
/** What the keeper notes of the cluster above. */
const known = { 'nb.cluster': cluster };
const address = (n: number): string => `tcp:ovn-ovsdb-nb-${n}.ovn-ovsdb-nb.openstack.svc.cluster.local:6643`;

interface Given {
  readonly role?: string;
  readonly standing?: string;
  readonly id?: string;
  readonly term?: number;
  readonly lastEntry?: number;
  readonly counts?: readonly (readonly [id: string, member: number])[];
  readonly silentMs?: number;
  readonly bytes?: number;
}

function report(n: number, given: Given = {}): MemberReport {
  const { role = 'follower', standing = 'cluster member', id = ids[n] ?? '', term = 3, lastEntry = 40 } = given;
  const counts = given.counts ?? ids.map((each, member) => [each, member] as const);
  const servers = counts.map(([each, member]) => ({
    id: each,
    address: address(member),
    hasEntry: role === 'leader' ? 40 : undefined,
    silentMs: member === n ? 0 : (given.silentMs ?? 100),
  }));
  const hasLeader = role !== 'candidate' && !standing.startsWith('joining');
  const raft = { cluster, server: id, standing, role, term, hasLeader, lastEntry, servers };
  return { raft, bytes: given.bytes ?? 20_000, ordered: undefined, compactOrdered: undefined };
}

const joining = (n: number, id: string): MemberReport =>
  report(n, { id, standing: 'joining cluster', term: 0, lastEntry: 0, counts: [] });
const alone = (n: number, more: Given = {}): MemberReport =>
  report(n, { role: 'candidate', standing: 'disconnected from the cluster (election timeout)', ...more });
const membersOf = (...reports: readonly (MemberReport | undefined)[]): readonly OvnMember[] =>
  reports.map((each, n) => ({ name: `ovn-ovsdb-nb-${n}`, report: each }));
const healthy = membersOf(report(0, { role: 'leader' }), report(1), report(2));

function world(members: readonly OvnMember[], more: Partial<OvnWorld> = {}): OvnWorld {
  const base = { now: at, namespace: 'openstack', rebuildAsked: undefined, compactAsked: undefined };
  const unfilled = { refillAsked: undefined, refill: { template: undefined, job: undefined } };
  return {
    ...base,
    ...unfilled,
    databases: [{ side: 'nb', members }],
    data: { 'nb.down-since': '2026-01-01T00:00:00Z' },
    ...more,
  };
}
function written(of: OvnWorld): Readonly<Record<string, string>> | undefined {
  const [step] = planOvn(of).steps;
  return step?.type === 'write' ? step.data : undefined;
}
const told = (members: readonly OvnMember[]) => databaseHealth({ side: 'nb', members });

describe('what cluster/status says', () => {
  it('is read, the servers with what the leader knows of them', () => {
    const text = `b7ed
Name: OVN_Northbound
Cluster ID: c2ca (c2ca9fe0-4d5e-4ef7-9efb-bdb258116808)
Server ID: b7ed (b7ed2bb0-8983-4f3b-bbfd-30a8dbbaea7c)
Address: tcp:ovn-ovsdb-nb-0.ovn:6643
Status: cluster member
Role: leader
Term: 1
Leader: self
Vote: self

Election timer: 1000
Log: [2, 6]
Entries not yet committed: 0
Connections: <-7a31 ->7a31
Servers:
    b7ed (b7ed at tcp:ovn-ovsdb-nb-0.ovn:6643) (self) next_index=2 match_index=5
    7a31 (7a31 at tcp:ovn-ovsdb-nb-1.ovn:6643) next_index=6 match_index=5 last msg 9 ms ago
`;
    expect(raftStatusIn(text)).toEqual({
      cluster,
      server: 'b7ed',
      standing: 'cluster member',
      role: 'leader',
      term: 1,
      hasLeader: true,
      lastEntry: 5,
      servers: [
        { id: 'b7ed', address: 'tcp:ovn-ovsdb-nb-0.ovn:6643', hasEntry: 5, silentMs: 0 },
        { id: '7a31', address: 'tcp:ovn-ovsdb-nb-1.ovn:6643', hasEntry: 5, silentMs: 9 },
      ],
    });
  });

  it('may be missing, and is refused when it is no report at all', () => {
    const text = JSON.stringify({
      status: null,
      error: 'unknown cluster',
      bytes: 3,
      ordered: null,
      compactOrdered: null,
    });
    expect(reportIn(text)).toEqual({ raft: undefined, bytes: 3, ordered: undefined, compactOrdered: undefined });
    expect(() => reportIn('<html>')).toThrow('cannot be read');
  });
});

describe('the health of a database of OVN', () => {
  it('is Ready when one leads and hears of all others', () =>
    expect(told(healthy)).toEqual({ application: 'ovn', component: 'check-northbound', finding: 'Ready' }));

  it('names what is wrong with whom', () => {
    const ofThird = (third: MemberReport | undefined, first: Given = {}) =>
      told(membersOf(report(0, { role: 'leader', ...first }), report(1), third)).message;
    expect([
      ofThird(undefined),
      ofThird(joining(2, '77aa')),
      ofThird({ ...report(2), raft: undefined }),
      ofThird(report(2, { bytes: 3 * 2 ** 29 })),
      ofThird(report(2), { lastEntry: 5_000 }),
      ofThird(report(2), { silentMs: 45_000 }),
      ofThird(report(2), { counts: [...ids.map((id, n) => [id, n] as const), ['3c4d', 1]] }),
    ]).toEqual([
      'ovn-ovsdb-nb-2 cannot be asked',
      'ovn-ovsdb-nb-2 is joining cluster',
      'ovn-ovsdb-nb-2 does not serve it',
      'the file of ovn-ovsdb-nb-2 has 1.5 GiB',
      [0, 1, 2].map((n) => `ovn-ovsdb-nb-${n} is 4960 entries behind`).join('; '),
      'the leader hears nothing of ovn-ovsdb-nb-1; the leader hears nothing of ovn-ovsdb-nb-2',
      'its cluster counts 4 servers, of which 3 run',
    ]);
  });

  it('is Unknown when nobody can be asked, and bad without a leader', () => {
    expect(told(membersOf(undefined, undefined, undefined)).finding).toBe('Unknown');
    expect(told(membersOf(undefined, alone(1), undefined))).toMatchObject({
      finding: 'Unhealthy',
      message: expect.stringContaining('has no leader and takes no changes'),
    });
  });
});

describe('a database of OVN without a leader', () => {
  it('is noted first and given time; nothing of it is said where it never served', () => {
    expect(written(world(membersOf(alone(0), undefined, undefined), { data: {} }))).toEqual({
      'nb.down-since': '2026-01-01T00:10:00Z',
    });
    expect(planOvn(world(membersOf(undefined, undefined, undefined), { data: {} })).steps).toEqual([]);
    const soon = { data: { 'nb.down-since': '2026-01-01T00:08:00Z' } };
    expect(planOvn(world(membersOf(alone(0), undefined, undefined), soon)).outcome).toMatchObject({
      type: 'waiting',
      reason: 'NoLeader',
    });
  });

  it('begins anew from the survivor when a majority is back without its data', () => {
    expect(written(world(membersOf(joining(0, 'd299'), joining(1, 'd1b7'), alone(2))))).toMatchObject({
      nb: '20260101T001000Z ovn-ovsdb-nb-2',
    });
  });

  it('waits for members that are away, and begins anew without them when an operator says so', () => {
    const members = membersOf(joining(0, 'd299'), undefined, alone(2));
    expect(planOvn(world(members))).toMatchObject({
      steps: [],
      outcome: {
        type: 'waiting',
        reason: 'NoMajority',
        message: expect.stringContaining('without ovn-ovsdb-nb-0, ovn-ovsdb-nb-1'),
      },
    });
    expect(written(world(members, { rebuildAsked: 'nb' }))).toMatchObject({
      nb: '20260101T001000Z ovn-ovsdb-nb-2',
      'nb.asked': 'nb',
    });
    expect(planOvn(world(members, { rebuildAsked: 'sb' })).steps).toEqual([]);
  });

  it('begins anew from the newest data, or from that of the member that an operator names', () => {
    const members = membersOf(alone(0, { term: 8, lastEntry: 41 }), alone(1, { term: 8, lastEntry: 44 }), undefined);
    expect(written(world(members, { rebuildAsked: 'nb' }))?.['nb']).toContain('ovn-ovsdb-nb-1');
    expect(written(world(members, { rebuildAsked: 'nb:ovn-ovsdb-nb-0' }))?.['nb']).toContain('ovn-ovsdb-nb-0');
    expect(planOvn(world(members, { rebuildAsked: 'nb:x' })).outcome).toMatchObject({ reason: 'UnknownMember' });
  });

  it('is ordered once, waited for, and after half an hour told to be down', () => {
    const members = membersOf(joining(0, 'd299'), joining(1, 'd1b7'), alone(2));
    const data = { 'nb.down-since': '2026-01-01T00:00:00Z', nb: '20260101T000500Z ovn-ovsdb-nb-2' };
    expect(planOvn(world(members, { data }))).toMatchObject({ steps: [], outcome: { reason: 'BeginningAnew' } });
    expect(planOvn(world(members, { data, now: at + 3_600_000 })).outcome).toMatchObject({
      type: 'blocked',
      reason: 'DatabaseDown',
    });
  });

  it('begins anew when a majority is back with nothing at all, and begins empty only when asked', () => {
    const empty: MemberReport = { raft: undefined, bytes: undefined, ordered: undefined, compactOrdered: undefined };
    expect(written(world(membersOf(empty, empty, alone(2))))?.['nb']).toBe('20260101T001000Z ovn-ovsdb-nb-2');
    const data = { ...known, 'nb.down-since': '2026-01-01T00:00:00Z' };
    expect(planOvn(world(membersOf(empty, empty, empty), { data })).outcome).toMatchObject({ reason: 'NoData' });
    const asked = (...reports: readonly (MemberReport | undefined)[]) =>
      world(membersOf(...reports), { data, rebuildAsked: 'nb' });
    expect(written(asked(empty, empty, empty))?.['nb']).toContain('ovn-ovsdb-nb-0');
    expect(written(asked(empty, empty, empty))).not.toHaveProperty(['nb.cluster']);
    expect(written(asked(empty, { ...empty, bytes: 9 }, empty))?.['nb']).toContain('ovn-ovsdb-nb-1');
    expect(planOvn(asked(empty, undefined, empty)).outcome).toMatchObject({ reason: 'UnknownMember' });
  });

  it('is not begun from nothing', () => {
    const members = membersOf(joining(0, 'a'), joining(1, 'b'), joining(2, 'c'));
    const data = { 'nb.down-since': '2026-01-01T00:00:00Z', nb: '20251201T000000Z ovn-ovsdb-nb-2' };
    expect(planOvn(world(members, { data })).outcome).toMatchObject({ type: 'blocked', reason: 'NoData' });
  });
});

describe('a database of OVN that serves', () => {
  it('forgets that it was down, keeps what was ordered, and is left alone', () => {
    const nb = '20260101T000500Z ovn-ovsdb-nb-2';
    expect(written(world(healthy, { data: { 'nb.down-since': '2026-01-01T00:00:00Z', nb, ...known } }))).toEqual({
      nb,
      ...known,
    });
    expect(planOvn(world(healthy, { data: { nb, ...known } }))).toMatchObject({
      steps: [],
      outcome: { type: 'settled' },
    });
  });

  it('is remembered, so that no member begins another, and forgotten with the cloud that it was of', () => {
    expect(written(world(healthy, { data: {} }))).toEqual(known);
    const second = { ...report(1, { role: 'leader', term: 9 }) };
    const other = second.raft === undefined ? second : { ...second, raft: { ...second.raft, cluster: 'other' } };
    const split = membersOf(report(0, { role: 'leader' }), other, report(2));
    expect(planOvn(world(split, { data: known })).steps).toEqual([]);
    expect(written(world([], { databases: [], data: { ...known, compact: 'today' } }))).toEqual({ compact: 'today' });
  });

  it('takes a member back that was removed while it was away', () => {
    const counts = ids.slice(0, 2).map((id, n) => [id, n] as const);
    const members = membersOf(report(0, { role: 'leader', counts }), report(1, { counts }), alone(2));
    expect(written(world(members, { data: known }))?.['nb.ovn-ovsdb-nb-2']).toBe('20260101T001000Z');
    const data = { ...known, 'nb.ovn-ovsdb-nb-2': '20260101T000900Z' };
    expect(planOvn(world(members, { data }))).toMatchObject({ steps: [], outcome: { reason: 'DatabaseDegraded' } });
  });

  it('is compacted when an operator asks, which is over when all members say so', () => {
    expect(written(world(healthy, { data: known, compactAsked: 'today' }))).toEqual({ ...known, compact: 'today' });
    const asked = { data: { ...known, compact: 'today' }, compactAsked: 'today' };
    expect(planOvn(world(healthy, asked)).outcome).toMatchObject({ type: 'waiting', reason: 'Compacting' });
    const done = healthy.map(({ name, report: each }) => ({
      name,
      report: each === undefined ? undefined : { ...each, compactOrdered: 'today' },
    }));
    expect(planOvn(world(done, asked)).outcome).toMatchObject({ type: 'settled' });
  });
});
