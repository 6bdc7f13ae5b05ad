import { describe, expect, it } from '@jest/globals';
import type { Pod } from '@keelson/api';
import { planGalera } from './galera.plan.js';
import { bootstrapAnnotation, type GaleraWorld } from './galera.world.js';
import { positionOf } from './positions.js';

const uuid = '6b2f1b4e-0d5a-11ef-9c3a-0a58a9feac02';
const at = Date.parse('2026-01-01T00:00:00Z');
const down = { initialised: 'true', down_since: '2026-01-01T00:00:00Z' };

function world(seqnos: readonly (number | undefined)[], more: Partial<GaleraWorld> = {}): GaleraWorld {
  const members = seqnos.map((seqno, i) => ({
    name: `mariadb-server-${i}`,
    position: seqno === undefined ? undefined : { uuid, seqno },
  }));
  return {
    now: at,
    namespace: 'openstack',
    members,
    ready: 0,
    hasStatus: true,
    data: down,
    asked: undefined,
    ...more,
  };
}
const written = (of: GaleraWorld) => planGalera(of).steps[0]?.data;

describe('a database of which no member serves', () => {
  it('is begun by the member with the newest data', () => {
    expect(written(world([11, 42, 7]))).toMatchObject({
      bootstrap: 'mariadb-server-1',
      'seqno.mariadb-server-1': '42',
      'uuid.mariadb-server-2': uuid,
    });
    expect(written(world([5, 5, 5]))).toMatchObject({ bootstrap: 'mariadb-server-0' });
  });

  it('waits for members that have not told how far their data goes, unless an operator names one', () => {
    expect(planGalera(world([11, undefined, 7])).outcome).toMatchObject({
      type: 'waiting',
      message: expect.stringContaining('mariadb-server-1 did not tell'),
    });
    expect(written(world([11, undefined, 7], { asked: 'mariadb-server-0' }))).toMatchObject({
      bootstrap: 'mariadb-server-0',
    });
    expect(planGalera(world([1, 1, 1], { asked: 'mariadb-server-9' })).outcome).toMatchObject({ type: 'blocked' });
  });

  it('is not begun where histories differ', () => {
    const members = [uuid, uuid.replace('6b', '7c')].map((own, i) => ({
      name: `mariadb-server-${i}`,
      position: { uuid: own, seqno: i },
    }));
    expect(planGalera(world([], { members })).outcome).toMatchObject({
      type: 'blocked',
      reason: 'DifferentHistories',
      message: expect.stringContaining(bootstrapAnnotation),
    });
  });

  it('is not begun by a member without data', () => {
    const empty = { name: 'mariadb-server-0', position: { uuid: '00000000-0000-0000-0000-000000000000', seqno: -1 } };
    const [, ...others] = world([1, 7, 3]).members;
    expect(written(world([], { members: [empty, ...others] }))).toMatchObject({ bootstrap: 'mariadb-server-1' });
    expect(planGalera(world([], { members: [empty, { ...empty, name: 'mariadb-server-1' }] })).outcome).toMatchObject({
      type: 'blocked',
      reason: 'NoData',
    });
  });

  it('is noticed first, and left alone once somebody begins it', () => {
    expect(written(world([1, 2, 3], { data: { initialised: 'true' } }))).toEqual({
      initialised: 'true',
      down_since: '2026-01-01T00:00:00Z',
    });
    expect(planGalera(world([1, 2, 3], { data: { ...down, bootstrap: 'mariadb-server-2' } }))).toMatchObject({
      steps: [],
      outcome: { type: 'waiting', reason: 'Beginning' },
    });
    expect(planGalera(world([1, 2, 3], { data: {} })).steps).toEqual([]);
  });

  it('forgets who began it when it serves, and a database of one is not concerned', () => {
    expect(written(world([1, 2, 3], { ready: 1, data: { ...down, bootstrap: 'mariadb-server-2' } }))).toEqual({
      initialised: 'true',
    });
    expect(planGalera(world([1, 2, 3], { ready: 3, data: { initialised: 'true' } })).steps).toEqual([]);
    expect(planGalera(world([1])).steps).toEqual([]);
  });
});

describe('the position of a member', () => {
  const pod = (message: string, startedAt: string): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'mariadb-server-0' },
    status: { containerStatuses: [{ name: 'mariadb', lastState: { terminated: { message, startedAt } } }] },
  });

  it('is what its last start told, when that was after the fall', () => {
    expect(positionOf(pod(`${uuid}:17\n`, '2026-01-01T00:01:00Z'), at)).toEqual({ uuid, seqno: 17 });
    expect(positionOf(pod(`${uuid}:17`, '2025-12-31T23:59:00Z'), at)).toBeUndefined();
    expect(positionOf(pod('killed', '2026-01-01T00:01:00Z'), at)).toBeUndefined();
  });
});
