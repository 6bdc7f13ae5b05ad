import { describe, expect, it } from '@jest/globals';
import type { RoomyCompute } from './cloud-room.js';
import { destinationOf, type Occupancy } from './destinations.js';

const vm = { id: 'vm', name: 'shop', cpus: 4, memory: 8_192 };

function aCompute(host: string, more: Partial<RoomyCompute> = {}): RoomyCompute {
  return { id: host, host, zone: 'nova', isEnabled: true, isUp: true, cpus: 8, memory: 16_384, ...more };
}

function destined(others: readonly RoomyCompute[], more: Partial<Occupancy> = {}): string {
  const computes = [aCompute('cmp-1'), ...others];
  const found = destinationOf(vm, 'cmp-1', { computes, hostOf: new Map([['vm', 'cmp-1']]), groups: [], ...more });
  return 'to' in found ? found.to : found.refusal;
}

describe('where an instance may go', () => {
  it('is the emptiest compute that takes it', () => {
    expect(destined([aCompute('cmp-2'), aCompute('cmp-3', { memory: 20_000 })])).toBe('cmp-3');
  });

  it.each<[string, Partial<RoomyCompute>]>([
    ['is down', { isUp: false }],
    ['is disabled (its disk is replaced)', { isEnabled: false, disabledReason: 'its disk is replaced' }],
    ['has 8191 MiB left', { memory: 8_191 }],
    ['has 3 vCPU left', { cpus: 3 }],
  ])('is nowhere when the other %s', (why, more) => {
    expect(destined([aCompute('cmp-2', more)])).toBe(
      `no other compute of zone nova takes the instance shop (4 vCPU, 8192 MiB) of cmp-1: cmp-2 ${why}`,
    );
  });

  it('is nowhere in a zone of one, whatever room other zones have', () => {
    expect(destined([aCompute('cmp-2', { zone: 'west' })])).toMatch(/of cmp-1: it is the only one$/);
  });

  it('names three of many', () => {
    const full = [2, 3, 4, 5, 6].map((n) => aCompute(`cmp-${n}`, { memory: n }));
    expect(destined(full)).toMatch(/: cmp-6 has 6 MiB left; cmp-5 .*; cmp-4 .*; and 2 more take it neither$/);
  });

  it('keeps the members of a group apart or together, as it wants it', () => {
    const others = [aCompute('cmp-2', { memory: 20_000 }), aCompute('cmp-3')];
    const hostOf = new Map([
      ['vm', 'cmp-1'],
      ['twin', 'cmp-2'],
    ]);
    const within = (policy: string): string =>
      destined(others, { hostOf, groups: [{ policy, members: ['vm', 'twin'] }] });
    expect([within('anti-affinity'), within('affinity'), within('soft-anti-affinity')]).toEqual([
      'cmp-3',
      'cmp-2',
      'cmp-2',
    ]);
  });
});
