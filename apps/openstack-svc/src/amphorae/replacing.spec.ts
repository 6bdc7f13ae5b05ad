import { describe, expect, it } from '@jest/globals';
import type { Amphora, LoadBalancer } from '@keelson/openstack';
import { rfc3339 } from '@keelson/std';
import type { AmphoraRotation } from '../cloud/amphora-rotation.js';
import { markOf, replacingOf } from './replacing.js';

const now = Date.parse('2026-11-01T12:00:00Z');
const until = '2026-11-01T11:00:00';
const ago = (minutes: number): string => rfc3339(now - minutes * 60_000);
const lb = (id: string, provisioningStatus = 'ACTIVE'): LoadBalancer => {
  return { id, name: `name-${id}`, project: 'p', provisioningStatus };
};
const amphora = (loadBalancer: string | undefined, createdAt = until): Amphora => {
  return { id: `a-${loadBalancer ?? ''}-${createdAt}`, loadBalancer, status: 'ALLOCATED', createdAt };
};

function look(loadBalancers: readonly LoadBalancer[], tried: AmphoraRotation['tried'] = {}, old = loadBalancers) {
  const rotation: AmphoraRotation = { id: 1, stage: 'replacing', until, total: 9, left: 9, tried };
  const result = replacingOf(now, rotation, { loadBalancers, amphorae: old.map(({ id }) => amphora(id)) });
  const ids = (some: readonly LoadBalancer[]): readonly string[] => some.map(({ id }) => id);
  return { begin: ids(result.begin), left: ids(result.left), tried: result.tried, trouble: result.trouble };
}

describe('load balancers whose amphorae are of before', () => {
  it('are those that have one that is no newer than the mark', () => {
    const amphorae = [amphora('a'), amphora('b', '2026-11-01T11:00:01'), amphora(undefined), amphora('gone')];
    const rotation: AmphoraRotation = { id: 1, stage: 'replacing', until, total: 2, left: 2, tried: {} };
    expect(replacingOf(now, rotation, { amphorae, loadBalancers: [lb('a'), lb('b')] }).left).toEqual([lb('a')]);
    expect(markOf({ amphorae, loadBalancers: [] })).toBe('2026-11-01T11:00:01');
    expect(markOf({ amphorae: [], loadBalancers: [] })).toBeUndefined();
  });

  it('have their turn two at once, those in ERROR last', () => {
    expect(look([lb('a', 'ERROR'), lb('c'), lb('b'), lb('d')]).begin).toEqual(['b', 'c']);
    const tried = { b: { at: ago(1), attempts: 1 } };
    expect(look([lb('a', 'ERROR'), lb('c'), lb('b', 'PENDING_UPDATE')], tried).begin).toEqual(['c']);
  });

  it('are waited for while others work on them, and that does not take a turn', () => {
    const { begin, tried, trouble } = look([lb('a', 'PENDING_UPDATE'), lb('b'), lb('c')]);
    expect([begin, tried['a'], trouble]).toEqual([['b', 'c'], { at: ago(0), attempts: 0 }, undefined]);
    expect(look([lb('a')], { a: { at: ago(0), attempts: 0 } }).begin).toEqual(['a']);
  });

  it('are failed over again after a minute, and are told after the third time, when no other is begun', () => {
    const broken = lb('a', 'ERROR');
    expect(look([broken], { a: { at: ago(0.5), attempts: 1 } }).begin).toEqual([]);
    expect(look([broken], { a: { at: ago(1), attempts: 2 } })).toMatchObject({ begin: ['a'], trouble: undefined });
    expect(look([broken, lb('b')], { a: { at: ago(5), attempts: 3 } })).toMatchObject({
      begin: [],
      trouble: 'the load balancer name-a (a) stays in ERROR after a failover',
    });
    expect(look([broken, lb('b')], { a: { at: ago(10), attempts: 3 } }).begin).toEqual(['a']);
  });

  it('are told when they do not get on within an hour', () => {
    const pending = [lb('a', 'PENDING_UPDATE'), lb('b')];
    expect(look(pending, { a: { at: ago(60), attempts: 1 } })).toMatchObject({ begin: ['b'], trouble: undefined });
    expect(look(pending, { a: { at: ago(61), attempts: 1 } })).toMatchObject({
      begin: [],
      trouble: 'the load balancer name-a (a) is PENDING_UPDATE for more than 60 minutes',
    });
  });

  it('are done when they are ACTIVE with new amphorae, and not before', () => {
    const tried = { a: { at: ago(1), attempts: 1 }, b: { at: ago(1), attempts: 1 }, gone: { at: ago(1), attempts: 1 } };
    expect(look([lb('a', 'ERROR'), lb('b')], tried, [])).toMatchObject({ left: ['a'], tried: { a: { attempts: 2 } } });
  });
});
