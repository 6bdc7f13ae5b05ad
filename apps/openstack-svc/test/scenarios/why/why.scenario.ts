import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { judge } from './fault.js';
import { applyingFaults } from './faults-applying.js';
import { migrationFaults } from './faults-migration.js';
import { rendered, renderedBase, renderedFaults } from './faults-rendered.js';
import { podFaults } from './faults-pods.js';
import { runningFaults } from './faults-running.js';
import { aFaultyCloud, type FaultyCloud } from './faulty-cloud.js';

/** The table by which `why` is judged: each fault on the same cloud, which is put right in between. */
describe('why a cloud does not get on', () => {
  let cloud: FaultyCloud;
  beforeAll(async () => {
    cloud = await aFaultyCloud({ openstack_version: 'caracal' });
    await cloud.set({});
    await cloud.isWell();
  });
  afterAll(() => cloud.world.close());

  it.each([...runningFaults, ...podFaults, ...applyingFaults, ...migrationFaults])('$name', (fault) =>
    judge(cloud, fault),
  );
});

describe('why a cloud as it is rendered does not get on', () => {
  let cloud: FaultyCloud;
  beforeAll(async () => {
    cloud = await aFaultyCloud(renderedBase, rendered);
  });
  afterAll(() => cloud.world.close());

  it.each(renderedFaults)('$name', (fault) => judge(cloud, fault));
});
