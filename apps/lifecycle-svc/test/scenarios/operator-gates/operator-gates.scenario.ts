import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Rack, aCluster, aMachine, aRack, aSubnet } from '../rack/rack.js';

describe('day1Provisioning and day1Deployment', () => {
  let rack: Rack;
  beforeEach(async () => {
    rack = await aRack({ servers: 1 });
  });
  afterEach(async () => {
    await rack.close();
  });

  it('stop a machine before its operating system and before Kubernetes, until an operator says auto', async () => {
    await rack.world.apply(
      aSubnet(),
      aCluster(),
      aMachine('cp-1', 1, { day1Provisioning: 'manual', day1Deployment: 'manual' }),
    );
    const phase = async (): Promise<string | undefined> => (await rack.machine('cp-1')).status?.phase;
    await rack.world.until('AwaitsProvisioning', async () => (await phase()) === 'AwaitsProvisioning', 120);
    await rack.world.advance(3600);
    expect([await phase(), (await rack.host('srv-1')).spec.image]).toEqual(['AwaitsProvisioning', undefined]);
    await rack.ask('cp-1', { day1Provisioning: 'auto' });
    await rack.world.until('AwaitsDeployment', async () => (await phase()) === 'AwaitsDeployment', 300);
    await rack.world.advance(3600);
    expect([await phase(), rack.ran]).toEqual(['AwaitsDeployment', []]);
    await rack.ask('cp-1', { day1Deployment: 'auto' });
    await rack.allReady();
  });
});
