import { ComputeClient } from '@keelson/openstack';
import { terminal } from '@keelson/std';
import { z } from 'zod';
import type { Api } from '../cloud/api.js';
import { until } from '../machine/waiting.js';
import { becomes, network, server } from './server.js';
import type { Step, StepContext } from './step.js';
import { attach, detach } from './volume.js';

const knownWithinMs = 300_000;
const movesWithinMs = 600_000;

const AgentsSchema = z.object({
  agents: z.array(z.object({ binary: z.string(), host: z.string(), alive: z.boolean() })),
});
const HypervisorsSchema = z.object({
  hypervisors: z.array(z.object({ hypervisor_hostname: z.string(), state: z.string() })),
});
const MigrationsSchema = z.object({ migrations: z.array(z.object({ id: z.number(), status: z.string() })) });

/**
 * A second compute comes, the first is drained with the client that openstack-svc drains with, and its server moves. Its volume
 * is given back before and taken again after: a directory stands for the share, which libvirt takes for storage that is not
 * shared, and it moves no guest with such a disk.
 */
export const drain: Step = {
  name: 'drain of a node moves its server',
  needs: [network.name, server.name],
  async run({ cluster, rollout, api, found, say }) {
    await cluster.addNode('cmp-2');
    const pods = await rollout.apply('networking', 'compute');
    say(`  cmp-2 has ${pods.join(', ')}`);
    const compute = new ComputeClient(api().session);
    await becomesKnown('cmp-2', { cluster, api });
    const [guest, volume] = [found.get('server') ?? '', found.get('volume')];
    if (volume !== undefined) await detach(api(), guest, volume);
    const first = (await compute.services()).find(({ host }) => host === 'cmp-1');
    if (first === undefined) throw terminal('nova knows no compute cmp-1');
    await compute.disable(first, 'drained by the lane');
    await compute.liveMigrate(guest);
    await hasMoved(api(), guest);
    const host = await becomes(api(), guest, 'ACTIVE', movesWithinMs);
    const left = await compute.instancesOn('cmp-1');
    if (host !== 'cmp-2' || left.length > 0)
      throw terminal(`the server is on ${host}, and ${left.length} servers are still on cmp-1`);
    // The console began anew on the other node: what it says is said by a guest that runs there.
    const said = volume === undefined ? [] : [await attach(api(), guest, volume)];
    await compute.enable(first.id);
    const gaveBack = 'its volume, for libvirt here a local disk, was given back before and attached after';
    return [`the server lives on ${host}, ACTIVE; cmp-1 is empty`, ...said.flatMap((line) => [gaveBack, line])].join(
      '; ',
    );
  },
};

/** Waits until nova may send servers to a new compute, and neutron may bind their ports there. */
async function becomesKnown(node: string, { cluster, api }: Pick<StepContext, 'cluster' | 'api'>): Promise<void> {
  const compute = new ComputeClient(api().session);
  const wait = { withinMs: knownWithinMs, everyMs: 2000 };
  await until({ ...wait, what: `nova-compute of ${node} reporting` }, async () =>
    (await compute.services()).some(({ host, isUp }) => host === node && isUp) ? true : undefined,
  );
  // The scheduler looks for new computes every five minutes; what it does then is done now.
  const discover = ['nova-manage', '--config-file', '/etc/nova/nova.conf', 'cell_v2', 'discover_hosts'];
  const discovered = await cluster.pod('nova-conductor').exec(discover, 180_000);
  if (discovered.code !== 0) throw terminal(`discover_hosts ended with ${discovered.code}: ${discovered.stderr}`);
  await until({ ...wait, what: `the hypervisor of ${node} being up` }, async () => {
    const { hypervisors } = await api().call(HypervisorsSchema, 'GET', 'compute', '/os-hypervisors');
    return hypervisors.some((each) => each.hypervisor_hostname === node && each.state === 'up') ? true : undefined;
  });
  await until({ ...wait, what: `neutron knowing the agents of ${node}` }, async () => {
    const { agents } = await api().call(AgentsSchema, 'GET', 'network', '/v2.0/agents');
    const alive = agents.filter(({ host, alive: isAlive }) => host === node && isAlive).map(({ binary }) => binary);
    return ['ovn-controller', 'neutron-ovn-metadata-agent'].every((each) => alive.includes(each)) ? true : undefined;
  });
}

/** Waits for a server's last migration to be over. @throws Failure terminal when nova gave it up */
async function hasMoved(api: Api, guest: string): Promise<void> {
  await until({ what: 'the end of the migration', withinMs: movesWithinMs, everyMs: 2000 }, async () => {
    const { migrations } = await api.call(
      MigrationsSchema,
      'GET',
      'compute',
      `/os-migrations?instance_uuid=${guest}`,
      undefined,
      { 'x-openstack-nova-api-version': '2.59' },
    );
    const status = [...migrations].sort((one, other) => other.id - one.id)[0]?.status;
    if (status === 'error' || status === 'failed' || status === 'cancelled')
      throw terminal(`nova ended the migration as ${status}: see the log of nova-compute`);
    return status === 'completed' ? true : undefined;
  });
}
