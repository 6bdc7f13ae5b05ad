import { describe, expect, it } from '@jest/globals';
import { mirrorsAmong } from './mirrors.js';

describe('the mirrors of a machine', () => {
  it('are those that its apt reads Debian from, without the slash at the end', () => {
    const uris = ['https://other.test/apt/', 'http://a.test/debian-security/', 'http://a.test/debian/', ''];
    expect(mirrorsAmong(uris)).toEqual({ main: 'http://a.test/debian', security: 'http://a.test/debian-security' });
  });

  it('are absent where apt reads another distribution', () => {
    expect(mirrorsAmong(['http://a.test/ubuntu/', 'http://a.test/debian-ports/'])).toEqual({});
  });
});
