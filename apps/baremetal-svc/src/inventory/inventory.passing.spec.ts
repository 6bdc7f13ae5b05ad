import { describe, expect, it } from '@jest/globals';
import type { BareMetalHost, BareMetalHostInventory } from '@keelson/api';
import { aHost, now } from '../host/host.fixtures.js';
import type { HostState } from '../host/host.states.js';
import type { InventoryWorld } from './inventory.observe.js';
import { passingSeconds } from './inventory.passing.js';

const inventory: BareMetalHostInventory = {
  apiVersion: 'kaas.mirantis.com/v1alpha1',
  kind: 'BareMetalHostInventory',
  metadata: { name: 'srv-01', namespace: 'demo' },
  spec: {
    bmc: { address: 'redfish://bmc/redfish/v1/Systems/srv-01', bmhCredentialsName: 'srv-01-bmc' },
    bootMACAddress: '52:54:00:00:00:01',
    bootMode: 'UEFI',
    online: true,
  },
};

function passing(host: BareMetalHost | undefined): number {
  const world: InventoryWorld = {
    now,
    inventory,
    host,
    credential: undefined,
    machine: undefined,
    elders: { bootMac: undefined, bmc: undefined },
  };
  return passingSeconds(world);
}

function hostIn(state: HostState, secondsAgo: number, error?: 'registration error'): BareMetalHost {
  const since = new Date(now - secondsAgo * 1000).toISOString();
  return aHost(state, {}, { progress: { state, since }, ...(error === undefined ? {} : { errorType: error }) });
}

describe('what an inventory repeats of its host', () => {
  it('leaves out a state that passes within ten seconds', () => {
    expect([passing(hostIn('inspecting', 2)), passing(hostIn('inspecting', 11))]).toEqual([8, 0]);
  });

  it('shows at once where a host rests, what is wrong with it, and that there is none', () => {
    expect([
      passing(hostIn('available', 0)),
      passing(hostIn('registering', 1, 'registration error')),
      passing(undefined),
    ]).toEqual([0, 0, 0]);
  });

  it('waits for the first word of a new host', () => {
    const fresh = hostIn('registering', 0);
    const { status: _status, ...silent } = fresh;
    const made = new Date(now - 4000).toISOString();
    expect(passing({ ...silent, metadata: { ...fresh.metadata, creationTimestamp: made } })).toBe(26);
  });
});
