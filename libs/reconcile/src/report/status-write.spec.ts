import type { KubeObject } from '@keelson/api';
import { describe, expect, it } from '@jest/globals';
import { differs, type LastStatus } from './status-write.js';

function shown(status: object | undefined): KubeObject {
  const object: KubeObject & { status?: object } = {
    apiVersion: 'v1',
    kind: 'Host',
    metadata: { name: 'x', uid: 'u1' },
    ...(status === undefined ? {} : { status }),
  };
  return object;
}

function last(wanted: object, uid = 'u1'): LastStatus {
  return { given: wanted, wanted, uid, resourceVersion: '1', at: 0, outcome: 'settled' };
}

describe('a status', () => {
  it('is written when there is none, and not when it is the same', () => {
    expect(differs({ a: 1 }, shown(undefined), undefined)).toBe(true);
    expect(differs({ a: 1, b: undefined }, shown({ a: 1 }), undefined)).toBe(false);
  });

  it('is not written again for what others and defaults added', () => {
    const wanted = { state: 'Deploy', conditions: [{ type: 'Ready', ready: false }] };
    const merged = {
      state: 'Deploy',
      errorCount: 0,
      conditions: [
        { type: 'Agent', ready: true },
        { type: 'Ready', ready: false, at: 'now' },
      ],
    };
    expect(differs(wanted, shown(merged), last(wanted))).toBe(false);
    expect(differs(wanted, shown(merged), undefined)).toBe(true);
  });

  it('is written when a part is no longer wanted, was changed by another, or belongs to a namesake', () => {
    expect(differs({ a: 1 }, shown({ a: 1, b: 2 }), last({ a: 1, b: 2 }))).toBe(true);
    expect(differs({ a: 1 }, shown({ a: 2, c: 3 }), last({ a: 1 }))).toBe(true);
    expect(differs({ a: [1, 2] }, shown({ a: [1], c: 3 }), last({ a: [1, 2] }))).toBe(true);
    expect(differs({ a: 1 }, shown({ a: 1, b: 2 }), last({ a: 1 }, 'u0'))).toBe(true);
  });
});
