import { describe, expect, it } from '@jest/globals';
import { Pace } from '../world/pace.js';
import { OpenStackFront } from './front.js';
import { aSimulatedOpenStack } from './openstack.fixtures.js';
import { savedCloudSchema } from './saved-cloud.js';

describe('a cloud that comes back', () => {
  it('has its instances where they were, and what was under way has failed', async () => {
    const { api, clock, faults, ask, pass, front } = await aSimulatedOpenStack({ computes: 3, serversPerCompute: 2 });
    const [moved, moving] = front.cloud.instances.onHost('c1');
    const live = { 'os-migrateLive': { host: 'c3' } };
    await ask('POST', `nova-api/v2.1/servers/${moved?.id}/action`, live);
    await pass(60);
    await ask('PUT', `nova-api/v2.1/servers/${moved?.id}/tags/kept`);
    await ask('POST', `nova-api/v2.1/servers/${moving?.id}/action`, live);
    const saved = savedCloudSchema.parse(JSON.parse(JSON.stringify(front.cloud.saved())));
    const { cloud } = new OpenStackFront({
      api,
      clock,
      faults,
      pace: new Pace(),
      seed: 'x',
      serversPerCompute: 2,
      saved,
    });
    expect(cloud.instances.get(moved?.id ?? '')).toMatchObject({
      host: 'c3',
      status: 'ACTIVE',
      tags: new Set(['kept']),
    });
    expect(cloud.instances.get(moving?.id ?? '')).toMatchObject({ host: 'c1', status: 'ACTIVE', task: null });
    expect(cloud.instances.size).toBe(6);
    expect(cloud.saved().computes).toEqual(saved.computes);
  });
});
