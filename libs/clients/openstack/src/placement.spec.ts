import { describe, expect, it } from '@jest/globals';
import { hostRooms } from './placement.js';
import { type Answer, Script, sessionOf } from './script.fixtures.js';

const provider = (uuid: string, more: object = {}) => ({ uuid, name: `${uuid}.example`, ...more });
const inventory = (total: number, reserved: number, ratio: number) => ({
  total,
  reserved,
  allocation_ratio: ratio,
});

function aPlacement(inventories: Readonly<Record<string, object>>, usages: object): Script {
  const script = new Script(({ url }): Answer => {
    const [, id = '', what = ''] = /resource_providers\/([^/]+)\/(\w+)$/.exec(url) ?? [];
    if (what === 'inventories') return [200, { inventories: inventories[id] ?? {} }];
    if (what === 'usages') return [200, { usages }];
    if (url.endsWith('/os-hypervisors/detail'))
      return [200, { hypervisors: [{ hypervisor_hostname: 'n1.example', service: { host: 'n1' } }] }];
    return [
      200,
      { resource_providers: [provider('n1'), provider('disks'), provider('n1', { parent_provider_uuid: 'n1' })] },
    ];
  });
  script.serves = ['placement', 'compute'];
  return script;
}

describe('the room of hosts', () => {
  it('is what placement gives out: without what is kept back, with what is promised more than once', async () => {
    const n1 = { MEMORY_MB: inventory(10_000, 1_000, 1), VCPU: inventory(8, 0, 4), DISK_GB: inventory(1, 0, 1) };
    const script = aPlacement({ n1, disks: { DISK_GB: inventory(1, 0, 1) } }, { MEMORY_MB: 4_000, VCPU: 10 });
    expect(await hostRooms(sessionOf(script))).toEqual([{ host: 'n1', cpus: 22, memory: 5_000 }]);
  });

  it('is none where more is taken than there is', async () => {
    const n1 = { MEMORY_MB: inventory(10_000, 0, 1), VCPU: inventory(8, 0, 1) };
    const script = aPlacement({ n1 }, { MEMORY_MB: 12_000, VCPU: 9 });
    expect(await hostRooms(sessionOf(script))).toEqual([{ host: 'n1', cpus: 0, memory: 0 }]);
  });
});
