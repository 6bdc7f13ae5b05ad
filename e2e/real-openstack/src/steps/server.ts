import { terminal } from '@keelson/std';
import { z } from 'zod';
import type { Api } from '../cloud/api.js';
import { until } from '../machine/waiting.js';
import { marks } from './guest.js';
import { image } from './image.js';
import type { Step } from './step.js';

const IdSchema = z.object({ id: z.string() });
const ServerSchema = z.object({
  server: z.object({
    status: z.string(),
    fault: z.object({ message: z.string() }).optional(),
    'OS-EXT-SRV-ATTR:host': z.string().nullish(),
    'OS-EXT-STS:task_state': z.string().nullish(),
  }),
});

/** Nova, Neutron and what is under them. */
export const network: Step = {
  name: 'placement, neutron with OVN, nova',
  needs: [image.name],
  async run({ rollout, api }) {
    const pods = await rollout.apply('placement', 'networking', 'compute');
    const services = z.object({ services: z.array(z.object({ binary: z.string(), state: z.string() })) });
    const found = await until(
      { what: 'every service of nova being up', withinMs: 120_000, everyMs: 2000 },
      async () => {
        const { services: all } = await api().call(services, 'GET', 'compute', '/os-services');
        const hasCompute = all.some(({ binary }) => binary === 'nova-compute');
        return hasCompute && all.every(({ state }) => state === 'up') ? all : undefined;
      },
    );
    return `${pods.length} pods ready; up: ${found.map(({ binary }) => binary).join(', ')}`;
  },
};

export const server: Step = {
  name: 'server on a network, its console read',
  needs: [network.name],
  async run({ api, found }) {
    const cloud = api();
    const networkId = await makeNetwork(cloud);
    found.set('network', networkId);
    const flavor = { name: 'small', ram: 128, vcpus: 1, disk: 1 };
    const made = await cloud.call(z.object({ flavor: IdSchema }), 'POST', 'compute', '/flavors', { flavor });
    found.set('flavor', made.flavor.id);
    const id = await makeServer(cloud, 'first', found);
    found.set('server', id);
    const host = await becomes(cloud, id, 'ACTIVE', 240_000);
    const said = await consoleSays(cloud, id, [marks.started, marks.address, marks.metadata], 300_000);
    return `ACTIVE on ${host}; its console: ${said.join('; ')}`;
  },
};

async function makeNetwork(cloud: Api): Promise<string> {
  const { network: made } = await cloud.call(z.object({ network: IdSchema }), 'POST', 'network', '/v2.0/networks', {
    network: { name: 'inside' },
  });
  await cloud.send('POST', 'network', '/v2.0/subnets', {
    subnet: { network_id: made.id, ip_version: 4, cidr: '192.168.77.0/24', name: 'inside', gateway_ip: null },
  });
  return made.id;
}

/** Starts a server and returns its id at once. */
export async function makeServer(cloud: Api, name: string, found: ReadonlyMap<string, string>): Promise<string> {
  const body = {
    name,
    imageRef: found.get('image'),
    flavorRef: found.get('flavor'),
    networks: [{ uuid: found.get('network') }],
  };
  const made = await cloud.call(z.object({ server: IdSchema }), 'POST', 'compute', '/servers', { server: body });
  return made.server.id;
}

/** Waits for a status with nothing going on. @returns the server's host. @throws Failure with nova's own words about a fault */
export async function becomes(cloud: Api, id: string, wanted: string, withinMs: number): Promise<string> {
  return until({ what: `the server being ${wanted}`, withinMs, everyMs: 1000 }, async () => {
    const { server: now } = await cloud.call(ServerSchema, 'GET', 'compute', `/servers/${id}`);
    if (now.status === 'ERROR') throw terminal(`the server is in ERROR: ${now.fault?.message ?? 'no fault is told'}`);
    const isDone = now.status === wanted && (now['OS-EXT-STS:task_state'] ?? null) === null;
    return isDone ? (now['OS-EXT-SRV-ATTR:host'] ?? '') : undefined;
  });
}

/** What the console says from each mark on, in its last line with that mark; all of them are there. */
export async function consoleSays(
  cloud: Api,
  id: string,
  wanted: readonly string[],
  withinMs: number,
): Promise<readonly string[]> {
  const answer = z.object({ output: z.string() });
  let seen = '';
  return until(
    { what: `the console saying ${wanted.join(', ')}`, withinMs, everyMs: 2000 },
    async () => {
      const path = `/servers/${id}/action`;
      ({ output: seen } = await cloud.call(answer, 'POST', 'compute', path, { 'os-getConsoleOutput': {} }));
      const lines = seen.split('\n');
      const found = wanted.map((mark) => {
        const line = lines.findLast((each) => each.includes(mark));
        return line?.slice(line.indexOf(mark)).trim();
      });
      return found.every((line) => line !== undefined) ? found.flatMap((line) => line ?? []) : undefined;
    },
    () => `It says: ${seen.slice(-1500)}`,
  );
}
