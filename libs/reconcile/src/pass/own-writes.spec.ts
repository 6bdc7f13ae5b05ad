import { type ConfigMap, ConfigMapKind, SecretKind } from '@keelson/api';
import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@keelson/std';
import { OwnWrites } from './own-writes.js';

const key = { namespace: 'default', name: 'x' };

function aMap(resourceVersion: string, extra: Partial<ConfigMap['metadata']> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...key, uid: 'u1', resourceVersion, ...extra } };
}

function opened(): { written: OwnWrites; clock: VirtualClock } {
  const clock = new VirtualClock(0);
  return { written: new OwnWrites(clock, [ConfigMapKind]), clock };
}

describe('own writes', () => {
  it('lie over an older cache, and no longer over one that has caught up', () => {
    const { written } = opened();
    written.wrote(ConfigMapKind, aMap('7'));
    expect(written.latest(ConfigMapKind, key, aMap('6'))).toEqual(aMap('7'));
    expect(written.latest(ConfigMapKind, key, undefined)).toEqual(aMap('7'));
    written.wrote(ConfigMapKind, aMap('10'));
    expect(written.latest(ConfigMapKind, key, aMap('9'))).toEqual(aMap('10'));
    expect(written.latest(ConfigMapKind, key, aMap('11'))).toEqual(aMap('11'));
  });

  it('show up in lists and indices', () => {
    const { written } = opened();
    const other = aMap('3', { name: 'other', uid: 'u2' });
    written.wrote(ConfigMapKind, aMap('7'));
    const all = written.over(
      ConfigMapKind,
      [other],
      () => true,
      () => undefined,
    );
    expect(all.map(({ metadata }) => metadata.name)).toEqual(['other', 'x']);
    expect(
      written.over(
        ConfigMapKind,
        [aMap('6')],
        () => false,
        () => aMap('6'),
      ),
    ).toEqual([]);
  });

  it('hide what was deleted without finalizers and mark what has some', () => {
    const { written } = opened();
    written.deleted(ConfigMapKind, key, aMap('5'), '2026-01-01T00:00:00Z');
    expect(written.latest(ConfigMapKind, key, aMap('5'))).toBeUndefined();
    written.deleted(ConfigMapKind, key, aMap('5', { finalizers: ['f'] }), '2026-01-01T00:00:00Z');
    expect(written.latest(ConfigMapKind, key, aMap('5', { finalizers: ['f'] }))?.metadata.deletionTimestamp).toBe(
      '2026-01-01T00:00:00Z',
    );
    expect(
      written.latest(ConfigMapKind, key, aMap('6', { finalizers: ['f'] }))?.metadata.deletionTimestamp,
    ).toBeUndefined();
  });

  it('count an object as gone when its last finalizer is removed', () => {
    const { written } = opened();
    written.wrote(ConfigMapKind, aMap('8', { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [] }));
    expect(written.latest(ConfigMapKind, key, aMap('7'))).toBeUndefined();
  });

  it('end with the object, but not with its namesake', () => {
    const { written } = opened();
    written.wrote(ConfigMapKind, aMap('7'));
    written.seen(ConfigMapKind, 'DELETED', aMap('4', { uid: 'u0' }));
    expect(written.latest(ConfigMapKind, key, undefined)).toEqual(aMap('7'));
    written.seen(ConfigMapKind, 'DELETED', aMap('6'));
    expect(written.latest(ConfigMapKind, key, undefined)).toBeUndefined();
  });

  it('are dropped after half a minute, should the cache never answer', async () => {
    const { written, clock } = opened();
    written.wrote(ConfigMapKind, aMap('7'));
    await clock.advance(30_001);
    expect(written.latest(ConfigMapKind, key, undefined)).toBeUndefined();
  });

  it('know the echo of a status write, for its writer only', () => {
    const { written } = opened();
    written.wrote(ConfigMapKind, aMap('7'), 'test/a');
    expect([
      written.isEcho(ConfigMapKind, aMap('7'), 'test/a'),
      written.isEcho(ConfigMapKind, aMap('7'), 'test/b'),
      written.isEcho(ConfigMapKind, aMap('8'), 'test/a'),
    ]).toEqual([true, false, false]);
  });

  it('are not kept of kinds without a cache', () => {
    const { written } = opened();
    written.wrote(SecretKind, aMap('7'));
    expect(written.latest(SecretKind, key, undefined)).toBeUndefined();
  });
});
