import { describe, expect, it } from '@jest/globals';
import type { Job } from '@keelson/api';
import { databaseHealth } from './ovn.health.js';
import { ovnEvents } from './ovn.events.js';
import { planOvn } from './ovn.plan.js';
import type { OvnMember, OvnWorld } from './ovn.world.js';
import { endedJob, refillTemplate } from './refill.fixtures.js';
import { withRefill } from './refill.js';

const at = Date.parse('2026-01-01T00:10:00Z');
const minute = 60_000;
const data = { 'nb.cluster': 'second', nb: '20260101T000500Z ovn-ovsdb-nb-0', 'nb.refill': '20260101T000500Z' };

/** A database that is one member. */
function alone(side: 'nb' | 'sb', more: object = {}): OvnMember {
  const servers = [{ id: 'b7ed', address: `tcp:ovn-ovsdb-${side}-0.ovn:6643`, hasEntry: 5, silentMs: 0 }];
  const raft = { cluster: 'second', server: 'b7ed', standing: 'cluster member', role: 'leader', term: 1, lastEntry: 5 };
  return {
    name: `ovn-ovsdb-${side}-0`,
    report: {
      raft: { ...raft, hasLeader: true, servers, ...more },
      bytes: 9,
      ordered: undefined,
      compactOrdered: undefined,
    },
  };
}
function world(more: Partial<OvnWorld> = {}, job?: Job): OvnWorld {
  const asked = { rebuildAsked: undefined, compactAsked: undefined, refillAsked: undefined };
  const databases = [{ side: 'nb' as const, members: [alone('nb')] }];
  return {
    now: at,
    namespace: 'openstack',
    ...asked,
    databases,
    data,
    refill: { template: refillTemplate, job },
    ...more,
  };
}
/** The Job that is made in a world. */
function made(of: OvnWorld): Job {
  const [step] = planOvn(of).steps;
  if (step?.type !== 'operate') throw new Error(`no Job is made but ${JSON.stringify(step)}`);
  return step.job;
}
function written(of: OvnWorld): Readonly<Record<string, string>> | undefined {
  const [step] = planOvn(of).steps;
  return step?.type === 'write' ? step.data : undefined;
}
const occasionOf = ({ metadata }: Job) => metadata.annotations?.['keelson.dev/operation'];
const first = made(world());

describe('that the northbound database has to be filled', () => {
  const empty = { raft: undefined, bytes: undefined, ordered: undefined, compactOrdered: undefined };
  const down = { 'nb.down-since': '2026-01-01T00:00:00Z', 'nb.cluster': 'first' };
  const begun = (side: 'nb' | 'sb') => {
    const databases = [{ side, members: [{ name: `ovn-ovsdb-${side}-0`, report: empty }] }];
    const old = { ...down, [`${side}.down-since`]: '2026-01-01T00:00:00Z', [`${side}.cluster`]: 'first' };
    return written(world({ databases, data: { ...old, 'nb.refill-failed': 'before' }, rebuildAsked: side }));
  };

  it('is noted in the write that orders it to begin anew, whatever came of it before', () => {
    expect(begun('nb')).toMatchObject({ nb: '20260101T001000Z ovn-ovsdb-nb-0', 'nb.refill': '20260101T001000Z' });
    expect(begun('nb')).not.toHaveProperty(['nb.refill-failed']);
    expect(begun('sb')).not.toHaveProperty(['nb.refill']);
  });

  it('is noted when another cluster is there without an order, and not of the first one', () => {
    expect(written(world({ data: { 'nb.cluster': 'first' } }))).toEqual({
      'nb.cluster': 'second',
      'nb.refill': '20260101T001000Z',
    });
    expect(written(world({ data: {} }))).toEqual({ 'nb.cluster': 'second' });
  });

  it('is noted once for each text of the annotation', () => {
    const asked = written(world({ refillAsked: 'today', data: { ...data, 'nb.refilled': '20260101T000500Z' } }));
    expect(asked).toMatchObject({ 'nb.refill': '20260101T001000Z', 'nb.refill-asked': 'today' });
    const done = { ...asked, 'nb.refilled': '20260101T001000Z' };
    expect(planOvn(world({ refillAsked: 'today', data: done }))).toMatchObject({
      steps: [],
      outcome: { type: 'settled' },
    });
  });
});

describe('filling the northbound database', () => {
  it('is one Job, which stays, made of the CronJob', () => {
    expect([first.metadata.name, occasionOf(first)]).toEqual(['neutron-ovn-db-refill', '20260101T000500Z/1']);
    expect(first.spec).not.toHaveProperty(['ttlSecondsAfterFinished']);
    expect(planOvn(world({}, first))).toMatchObject({
      steps: [],
      outcome: { type: 'waiting', reason: 'JobRunning', on: { kind: 'Job', name: 'neutron-ovn-db-refill' } },
    });
    expect(planOvn(world({ refill: { template: undefined, job: undefined } })).outcome).toMatchObject({
      reason: 'OperationMissing',
    });
  });

  it.each([
    ['a follower is away', [alone('nb'), { name: 'ovn-ovsdb-nb-1', report: undefined }]],
    [
      'a member is still of the cluster before',
      [alone('nb'), { ...alone('nb', { cluster: 'first', role: 'follower' }), name: 'ovn-ovsdb-nb-1' }],
    ],
    ['nobody leads', [alone('nb', { role: 'candidate' })]],
    ['nobody can be asked', [{ name: 'ovn-ovsdb-nb-0', report: undefined }]],
  ] as const)('waits while %s', (_, members) => {
    const { steps } = planOvn(world({ databases: [{ side: 'nb', members }] }));
    expect(steps.filter(({ type }) => type === 'operate')).toEqual([]);
  });

  it('waits for the southbound database as well, and names it', () => {
    const databases = [
      { side: 'nb' as const, members: [alone('nb')] },
      { side: 'sb' as const, members: [{ name: 'ovn-ovsdb-sb-0', report: undefined }] },
    ];
    expect(planOvn(world({ databases }))).toMatchObject({
      steps: [],
      outcome: { reason: 'DatabaseDegraded', on: { name: 'ovn-ovsdb-sb' } },
    });
  });

  it('is recorded, also while the database is ill, and then at rest', () => {
    const databases = [{ side: 'nb' as const, members: [{ name: 'ovn-ovsdb-nb-0', report: undefined }] }];
    const done = written(world({ databases }, endedJob(first, 'Complete', at)));
    expect(done?.['nb.refilled']).toBe('20260101T000500Z');
    expect(planOvn(world({ data: done ?? {} })).outcome).toEqual({ type: 'settled' });
  });

  it('is tried again after a failure, later each time, and in its place', () => {
    const failed = endedJob(first, 'Failed', at);
    const second = written(world({}, failed)) ?? {};
    expect(second).toMatchObject({ 'nb.refill-try': '2', 'nb.refill-after': '2026-01-01T00:15:00Z' });
    expect(planOvn(world({ data: second }, failed))).toMatchObject({
      steps: [],
      outcome: { reason: 'JobFailed', message: expect.stringContaining('its pods could not log in') },
    });
    const again = planOvn(world({ data: second, now: at + 5 * minute }, failed)).steps[0];
    expect(again).toMatchObject({ type: 'operate', over: 'of-the-job' });
    const next = endedJob(made(world({ data: second, now: at + 5 * minute }, failed)), 'Failed', at + 6 * minute);
    expect(written(world({ data: second, now: at + 6 * minute }, next))).toMatchObject({
      'nb.refill-try': '3',
      'nb.refill-after': '2026-01-01T00:26:00Z',
    });
  });

  it('is given up after six failures, told with the name of the Job, until it is asked for', () => {
    const sixth = { ...data, 'nb.refill-try': '6' };
    const failed = endedJob(made(world({ data: sixth })), 'Failed', at);
    const over = written(world({ data: sixth }, failed)) ?? {};
    expect(over['nb.refill-failed']).toBe('20260101T000500Z');
    expect(planOvn(world({ data: over }, failed))).toMatchObject({
      steps: [],
      outcome: {
        type: 'blocked',
        reason: 'RefillFailed',
        message: expect.stringContaining('openstack/neutron-ovn-db-refill'),
      },
    });
    const asked = world(
      { data: written(world({ data: over, refillAsked: 'x' }, failed)) ?? {}, refillAsked: 'x' },
      failed,
    );
    expect(occasionOf(made(asked))).toBe('20260101T001000Z/1');
  });

  it('does not begin beside a Job of the time before', () => {
    const later = { ...data, 'nb.refill': '20260101T000900Z' };
    expect(planOvn(world({ data: later }, first))).toMatchObject({ steps: [], outcome: { reason: 'JobRunning' } });
    expect(occasionOf(made(world({ data: later }, endedJob(first, 'Complete', at))))).toBe('20260101T000900Z/1');
  });

  it('is told by Events and by the health of the database', () => {
    const told = (job: Job) => {
      const of = world({}, job);
      const plan = planOvn(of);
      return ovnEvents(of, { plan, done: plan.steps, outcome: plan.outcome, attempt: 0, now: at })[0];
    };
    expect(told(endedJob(first, 'Complete', at))).toMatchObject({ type: 'Normal', reason: 'OvnDatabase' });
    expect(told(endedJob(first, 'Failed', at))).toMatchObject({
      type: 'Warning',
      reason: 'RefillFailed',
      message: expect.stringContaining('Job openstack/neutron-ovn-db-refill'),
    });
    const checked = databaseHealth({ side: 'nb', members: [alone('nb')] });
    expect(withRefill(checked, data)).toMatchObject({ component: 'check-northbound', finding: 'Unhealthy' });
    expect(withRefill(checked, { ...data, 'nb.refilled': '20260101T000500Z' })).toEqual(checked);
  });
});
