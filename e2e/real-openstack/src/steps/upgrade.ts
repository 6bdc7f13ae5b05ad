import { terminal } from '@keelson/std';
import { z } from 'zod';
import { epoxyOfDebian } from '../cloud/releases.js';
import { until } from '../machine/waiting.js';
import { Prober } from './prober.js';
import { becomes, network, server } from './server.js';
import { Skipped, type Step } from './step.js';

const ServicesSchema = z.object({
  services: z.array(
    z.object({ binary: z.string(), host: z.string(), state: z.string(), updated_at: z.string().nullable() }),
  ),
});

/**
 * Every service goes to Debian's next release by the steps that it declares. What lies between is in no suite, so nova is told
 * that this is a fast-forward one, and its own check, which refuses that, is looked at and passed over.
 */
export const upgrade: Step = {
  name: 'upgrade to the next release',
  needs: [network.name, server.name],
  async run({ cluster, rollout, api, found, say }) {
    if (cluster.part.trees['trixie'] === cluster.part.trees['bookworm'])
      throw new Skipped('there is no root filesystem of the next release');
    rollout.choices = { ...rollout.choices, workarounds: { disable_compute_service_check_for_ffu: true } };
    const prober = new Prober();
    prober.start();
    const refused = await rollout
      .upgrade(epoxyOfDebian, ['upgrade-check'], (service) => say(`  ${service} is of epoxy`))
      .catch((error: unknown) => {
        say(`  ${prober.stop()}`);
        throw error;
      });
    const counted = prober.stop();
    const cloud = api();
    const { services } = await until(
      { what: 'nova reporting after the upgrade', withinMs: 180_000, everyMs: 2000 },
      async () => {
        const answer = await cloud.call(ServicesSchema, 'GET', 'compute', '/os-services');
        return answer.services.every(({ state }) => state === 'up') ? answer : undefined;
      },
    );
    const guest = found.get('server') ?? '';
    await becomes(cloud, guest, 'ACTIVE', 60_000);
    if (services.length === 0) throw terminal('nova lists no service after the upgrade');
    const check = refused.length === 0 ? '' : `; refused and passed over: ${refused.join(', ')}`;
    return `all services are of epoxy, the server is ACTIVE; ${counted}${check}`;
  },
};
