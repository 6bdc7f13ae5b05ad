import { afterEach, describe, expect, it } from '@jest/globals';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { cloudRenderer } from '../../../src/rollout/renderer.js';
import { aCloudWorld, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

describe.each(['core', 'compute'])('the preset %s', (preset) => {
  it('as it is rendered is applied, at few writes, and then at none', async () => {
    world = await aCloudWorld({ ports: { renderer: cloudRenderer } });
    await world.apply(aDeployment({ preset }));
    await world.until('the cloud is applied', async () => (await world.status())?.osdpl?.state === 'APPLIED');
    await world.clock.advance(120_000);
    const status = await world.status();
    const [done, all] = (status?.osdpl?.lcm_progress ?? '').split('/');
    expect(done).toBe(all);
    const writes = world.writesSince(0);
    const ofStatus = writes.filter((write) => write.endsWith('status'));
    expect(new Set(writes).size - new Set(ofStatus).size).toBe(writes.length - ofStatus.length);
    expect(ofStatus.length).toBeLessThan(100);
    const mark = world.calls.length;
    await world.clock.advance(3_600_000);
    expect(world.writesSince(mark)).toEqual([]);
  });
});
