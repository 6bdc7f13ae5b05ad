import { describe, expect, it } from '@jest/globals';
import type { BareMetalHost } from '@keelson/api';
import { aHost, answered } from './host.fixtures.js';
import { powerIn } from './host.witness.js';

const off = answered({ power: 'Off' });
const rebooting = (host: BareMetalHost): BareMetalHost => ({
  ...host,
  metadata: { ...host.metadata, annotations: { 'reboot.metal3.io': '' } },
});

describe('the power of a host', () => {
  it('stays off only where nobody will switch it on', () => {
    const stays = (host: BareMetalHost) => powerIn(host, off).staysOff;
    expect(stays(aHost('provisioned', { online: false }))).toBe(true);
    expect(stays(aHost('externally provisioned', { online: false }))).toBe(true);
    expect(stays(aHost('provisioned'))).toBe(false);
    expect(stays(rebooting(aHost('provisioned', { online: false })))).toBe(false);
    for (const state of ['inspecting', 'provisioning'] as const)
      expect(stays(aHost(state, { online: false }))).toBe(false);
  });

  it('is On while it may run, and Unknown where nobody says', () => {
    const host = aHost('provisioned', { online: false });
    for (const power of ['On', 'PoweringOn', 'PoweringOff'] as const)
      expect(powerIn(host, answered({ power }))).toMatchObject({ power: 'On', staysOff: false });
    expect(powerIn(host, answered({ power: 'Unknown' }))).toMatchObject({ power: 'Unknown', staysOff: false });
    expect(powerIn(host, { type: 'notAsked' })).toMatchObject({ power: 'Unknown', staysOff: false });
  });
});
