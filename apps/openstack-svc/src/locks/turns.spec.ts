import { describe, expect, it } from '@jest/globals';
import { type AskedNode, firstOf, turnsOf } from './turns.js';

const limits = { atOnce: { controller: 1, gateway: 1, compute: 2 }, respectZones: true };

function aCompute(node: string, more: Partial<AskedNode> = {}): AskedNode {
  return {
    node,
    roles: ['compute'],
    zone: 'north',
    load: 0,
    askedAt: 0,
    isWorkedOn: false,
    isGathering: false,
    ...more,
  };
}
/** Whose turn it is, of all that are asked for. */
const turns = (...asked: readonly AskedNode[]): readonly string[] =>
  [...turnsOf(asked, limits)].flatMap(([node, hindrance]) => (hindrance === undefined ? [node] : [])).sort();

describe('whose turn it is', () => {
  it('is that of as many as the limit allows, those with the most to move first', () => {
    expect(turns(aCompute('a', { load: 1 }), aCompute('b', { load: 3 }), aCompute('c', { load: 2 }))).toEqual([
      'b',
      'c',
    ]);
  });

  it('goes by who was asked for first where nothing else tells them apart, then by name', () => {
    expect(turns(aCompute('c', { askedAt: 2 }), aCompute('b', { askedAt: 1 }), aCompute('a', { askedAt: 2 }))).toEqual([
      'a',
      'b',
    ]);
  });

  it('stays with those that are being worked on, whatever comes', () => {
    const held = [aCompute('a', { isWorkedOn: true }), aCompute('b', { isWorkedOn: true })];
    const late = aCompute('c', { load: 9 });
    expect(turns(...held, late)).toEqual(['a', 'b']);
    expect(turnsOf([...held, late], limits).get('c')).toBe('2 compute nodes may be worked on at once, and 2 are: a, b');
  });

  it('is nobody’s before those are known that are asked for along with it', () => {
    const first = aCompute('a', { isGathering: true });
    expect(turns(first, aCompute('b', { isWorkedOn: true }))).toEqual(['b']);
    expect(turnsOf([first], limits).get('a')).toContain('asked for with it');
  });

  it('begins in each zone with those that hold the most', () => {
    const asked = [
      aCompute('a', { isWorkedOn: true }),
      aCompute('b', { load: 1 }),
      aCompute('c', { load: 2, isGathering: true }),
      aCompute('d', { load: 9, zone: 'south' }),
    ];
    expect(firstOf(asked, 'north', limits).map(({ node }) => node)).toEqual(['a', 'c']);
  });

  it('keeps to one availability zone, unless zones do not matter', () => {
    const asked = [aCompute('a', { load: 2 }), aCompute('b', { zone: 'south', load: 1 })];
    expect(turns(...asked)).toEqual(['a']);
    expect(turnsOf(asked, limits).get('b')).toContain('now it is north');
    expect(turnsOf(asked, { ...limits, respectZones: false }).get('b')).toBeUndefined();
  });

  it('counts each part of a node', () => {
    const both = aCompute('a', { roles: ['controller', 'compute'], isWorkedOn: true });
    expect(turns(both, aCompute('b', { roles: ['controller'], zone: undefined }), aCompute('c'))).toEqual(['a', 'c']);
  });
});
