import { ComputeClient } from '@keelson/openstack';
import { terminal } from '@keelson/std';
import { until } from '../machine/waiting.js';
import { becomes, network, server } from './server.js';
import type { Step } from './step.js';

const movesWithinMs = 400_000;

/** A second compute comes, the first is drained with the client that openstack-svc drains with, and its server moves. */
export const drain: Step = {
  name: 'drain of a node moves its server',
  needs: [network.name, server.name],
  async run({ cluster, rollout, api, found, say }) {
    await cluster.addNode('cmp-2');
    const pods = await rollout.apply('networking', 'compute');
    say(`  cmp-2 has ${pods.join(', ')}`);
    const compute = new ComputeClient(api().session);
    await until({ what: 'the new compute registering itself', withinMs: 180_000, everyMs: 2000 }, async () =>
      (await compute.services()).some(({ host, isUp }) => host === 'cmp-2' && isUp) ? true : undefined,
    );
    // The scheduler looks for new computes every five minutes; what it does then is done now.
    const discover = ['nova-manage', '--config-file', '/etc/nova/nova.conf', 'cell_v2', 'discover_hosts'];
    const discovered = await cluster.pod('nova-conductor').exec(discover, 180_000);
    if (discovered.code !== 0) throw terminal(`discover_hosts ended with ${discovered.code}: ${discovered.stderr}`);
    const guest = found.get('server') ?? '';
    const first = (await compute.services()).find(({ host }) => host === 'cmp-1');
    if (first === undefined) throw terminal('nova knows no compute cmp-1');
    await compute.disable(first.id, 'drained by the lane');
    await compute.liveMigrate(guest);
    const host = await until({ what: 'the server leaving cmp-1', withinMs: movesWithinMs, everyMs: 2000 }, async () => {
      const on = await becomes(api(), guest, 'ACTIVE', movesWithinMs);
      return on === 'cmp-1' ? undefined : on;
    });
    const left = await compute.instancesOn('cmp-1');
    if (left.length > 0) throw terminal(`${left.length} servers are still on cmp-1`);
    await compute.enable(first.id);
    return `the server lives on ${host}, ACTIVE; cmp-1 is empty`;
  },
};
