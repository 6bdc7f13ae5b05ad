import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BenchCloud } from './openstack-cloud.js';

export interface RestFigures {
  readonly nodes: number;
  readonly instances: number;
  /** MiB of heap that are the service's: with it, less without it. */
  readonly heapMiB: number;
  /** Resident memory of the process: service, API and everything simulated together. */
  readonly rssMiB: number;
  /** CPU seconds of an hour of virtual time in which nothing happens: with the service, less without it. */
  readonly cpuSecondsAnHour: number;
  readonly restWrites: number;
}

const instancesPerCompute = 20;
const hourMs = 3_600_000;

/** A large cloud at rest. What the service costs is the difference between two hours, one with it and one without. */
export async function atRest(computes: number): Promise<RestFigures> {
  const cloud = await BenchCloud.open({ computes, serversPerCompute: instancesPerCompute, zones: 3 });
  await cloud.start();
  await cloud.applyCloud('core');
  await cloud.until('the cloud is applied', async () => (await cloud.status())?.osdpl?.state === 'APPLIED');
  await cloud.clock.advance(600_000);
  const mark = cloud.calls.length;
  const withService = await anHourOf(cloud);
  const restWrites = cloud.writesSince(mark);
  await cloud.close();
  const without = await anHourOf(cloud);
  return {
    nodes: computes + 3,
    instances: cloud.cluster.openstack.cloud.instances.size,
    heapMiB: Math.round(withService.heapMiB - without.heapMiB),
    rssMiB: Math.round(withService.rssMiB),
    cpuSecondsAnHour: Math.round((withService.cpuSeconds - without.cpuSeconds) * 100) / 100,
    restWrites,
  };
}

async function anHourOf({ clock }: BenchCloud): Promise<{ heapMiB: number; rssMiB: number; cpuSeconds: number }> {
  const before = process.cpuUsage();
  await clock.advance(hourMs);
  const { user, system } = process.cpuUsage(before);
  collectGarbage();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapMiB: heapUsed / 2 ** 20, rssMiB: rss / 2 ** 20, cpuSeconds: (user + system) / 1e6 };
}

/** So that what is left of the heap is what is held. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
