import { parseArgs } from 'node:util';
import { systemClock } from '@keelson/std';
import { type ApplyFigures, applying } from './openstack-apply.js';
import { BenchCloud } from './openstack-cloud.js';
import { drain, type DrainFigures } from './openstack-drain.js';
import { atRest } from './openstack-rest.js';
import { report, say } from './report.js';

/**
 * The real openstack-svc on a simulated cluster with a simulated OpenStack, under virtual time: how long a spec takes to
 * be true and at how many writes, how near a drain comes to what no order can beat, and what a large cloud costs at rest.
 */
const { values } = parseArgs({ options: { servers: { type: 'string', default: '500' } } });
const computes = Number(values.servers);
/** Computes that are drained; half as many more take their instances in. */
const drained = 100;

async function drainFigures(): Promise<DrainFigures> {
  const cloud = await BenchCloud.open({ computes: drained * 1.5, serversPerCompute: 25, zones: 3 });
  await cloud.start();
  await cloud.applyCloud('core');
  await cloud.until('the cloud is applied', async () => (await cloud.status())?.osdpl?.state === 'APPLIED');
  await cloud.clock.advance(300_000);
  // Thirty at once of one availability zone at a time, one instance of each: what the service does unless it is told otherwise.
  const figures = await drain(cloud, { computes: drained, atOnce: 30 });
  await cloud.close();
  return figures;
}

await report('openstack', async () => {
  const begun = systemClock.now();
  const presets: ApplyFigures[] = [];
  for (const preset of ['core', 'compute', 'compute-tf']) {
    say(`applying the preset ${preset}`);
    presets.push(await applying(preset));
  }
  say(`draining ${drained} computes`);
  const drainOf100 = await drainFigures();
  say(`${computes} computes at rest`);
  const rest = await atRest(computes);
  return { presets, drain: drainOf100, rest, wallSeconds: Math.round((systemClock.now() - begun) / 1000) };
});
