import { afterEach, describe, expect, it } from '@jest/globals';
import { OpenStackDeploymentKind } from '@keelson/api';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import type { Figures } from '../../../src/exporter/figures.js';
import type { Checked } from '../../../src/probes/check.js';
import { rowsIn } from '../../../src/probes/rows.js';
import { aCloudWorld, cloudKey, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

/** What nova says of itself, and how often anybody was asked. */
class Apis {
  asked: string[] = [];
  compute: Omit<Checked, 'application' | 'component'> = { finding: 'Ready' };

  async ask({ name, project }: { readonly name: string; readonly project: string }): Promise<readonly Checked[]> {
    this.asked.push(name);
    return name === 'compute' ? [{ application: project, component: 'check-services', ...this.compute }] : [];
  }
}

const health = async () => (await world.status())?.osdpl?.health;
const nova = async () => (await world.status())?.health?.['nova']?.['check-services'];

describe('what the APIs of a cloud say', () => {
  it('is asked once a minute while there is a cloud, and never without one', async () => {
    const apis = new Apis();
    world = await aCloudWorld({ ports: { apis } });
    await world.clock.advance(600_000);
    expect(apis.asked).toEqual([]);
    await world.apply(aDeployment());
    await world.until('the cloud is healthy', async () => (await health()) === '5/5');
    await world.until('nova is asked', async () => (await nova())?.status === 'Ready', 180);
    apis.asked = [];
    await world.clock.advance(3_600_000);
    const times = apis.asked.filter((name) => name === 'compute').length;
    expect([times >= 50, times <= 75]).toEqual([true, true]);
    await world.api.delete(OpenStackDeploymentKind, cloudKey);
    await world.clock.advance(120_000);
    apis.asked = [];
    await world.clock.advance(600_000);
    expect(apis.asked).toEqual([]);
  });

  it('is part of the health, damped, with what is wrong', async () => {
    const apis = new Apis();
    const noted: Figures[] = [];
    world = await aCloudWorld({ ports: { apis, noteFigures: (figures) => noted.push(figures) } });
    await world.apply(aDeployment());
    await world.until('nova is asked', async () => (await nova())?.status === 'Ready');
    const processes =
      rowsIn({ services: [{ binary: 'nova-compute', host: 'n1', state: 'down', status: 'enabled' }] }) ?? [];
    apis.compute = { finding: 'Unhealthy', message: 'down: nova-compute on n1', processes };
    await world.until('it is told', async () => (await nova())?.status === 'Unhealthy', 180);
    expect(await nova()).toEqual({ status: 'Unhealthy', message: 'down: nova-compute on n1' });
    expect(await health()).toBe('4/5');
    await world.clock.advance(1_000);
    expect(noted.at(-1)).toMatchObject({
      osdpl: 'osh',
      version: 'epoxy',
      state: 'APPLIED',
      services: { APPLIED: 5 },
      applications: 5,
      ill: [{ application: 'nova', component: 'check-services', status: 'Unhealthy' }],
      processes: { nova: processes },
    });
    await world.kill();
    await world.clock.advance(10_000);
    expect(await health()).toBe('4/5');
    apis.compute = { finding: 'Ready' };
    await world.until('it is well again', async () => (await health()) === '5/5', 180);
    expect(await nova()).toEqual({ status: 'Ready' });
  });
});
