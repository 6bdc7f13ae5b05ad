import { systemClock, terminal } from '@keelson/std';
import { z } from 'zod';
import type { Api } from '../cloud/api.js';
import { epoxyOfDebian } from '../cloud/releases.js';
import type { Rollout } from '../cloud/rollout.js';
import type { Cluster } from '../pods/cluster.js';
import { until } from '../machine/waiting.js';
import { marks } from './guest.js';
import { Prober, questionsTo } from './prober.js';
import { becomes, consoleSays, makeServer, network, server } from './server.js';
import { Skipped, type Step, type StepContext } from './step.js';

const reportsWithinMs = 300_000;

const ServicesSchema = z.object({
  services: z.array(
    z.object({ binary: z.string(), host: z.string(), state: z.string(), updated_at: z.string().nullable() }),
  ),
});

/**
 * Every service goes to Debian's next release by the steps that it declares. What lies between is in no suite, so nova is told
 * that this is a fast-forward one, and its own check, which refuses that, is looked at and passed over. In the end nova must
 * do without having been told so.
 */
export const upgrade: Step = {
  name: 'upgrade to the next release',
  needs: [network.name, server.name],
  async run({ cluster, rollout, api, found, say }) {
    if (cluster.part.trees['trixie'] === cluster.part.trees['bookworm'])
      throw new Skipped('there is no root filesystem of the next release');
    const { refused, counted } = await upgraded({ rollout, api, say });
    await strictAgain(cluster, rollout);
    await reports(api());
    for (const { ask } of questionsTo(api())) await ask();
    await becomes(api(), found.get('server') ?? '', 'ACTIVE', 60_000);
    const second = await makeServer(api(), 'second', found);
    const host = await becomes(api(), second, 'ACTIVE', 300_000);
    await consoleSays(api(), second, [marks.started, marks.address, marks.metadata], 300_000);
    const check =
      refused.length === 0 ? '' : `; passed over, since Debian has nothing in between: ${refused.join(', ')}`;
    return `every service is of epoxy; the server from before is ACTIVE, a new one started on ${host}; ${counted}${check}`;
  },
};

async function upgraded({ rollout, api, say }: Pick<StepContext, 'rollout' | 'api' | 'say'>): Promise<{
  readonly refused: readonly string[];
  readonly counted: string;
}> {
  const { choices } = rollout;
  rollout.choices = { ...choices, workarounds: { disable_compute_service_check_for_ffu: true } };
  const prober = new Prober(questionsTo(api()), (line) => say(`  not answered: ${line}`));
  prober.start();
  try {
    const done = (service: string): void => say(`  ${service} is of epoxy; so far ${prober.told()}`);
    const refused = await rollout.upgrade(epoxyOfDebian, ['upgrade-check'], done);
    return { refused, counted: prober.told() };
  } finally {
    rollout.choices = choices;
    say(`  ${prober.told()}`);
    prober.stop();
  }
}

/** Nova's own check, with all computes of the new release, and a start of its processes that refuse older ones. */
async function strictAgain(cluster: Cluster, rollout: Rollout): Promise<void> {
  await rollout.apply('compute');
  const check = ['nova-status', '--config-file', '/etc/nova/nova.conf', 'upgrade', 'check'];
  const { code, stdout, stderr } = await cluster.pod('nova-conductor').exec(check, 180_000);
  // 1 is a warning.
  if (code > 1) throw terminal(`nova-status refuses the upgraded cloud with ${code}: ${stdout}${stderr}`);
}

/** Every service of nova has reported since now: the state `up` alone is up to a minute old. */
async function reports(api: Api): Promise<void> {
  const since = systemClock.now();
  let late = '';
  await until(
    { what: 'every service of nova reporting after the upgrade', withinMs: reportsWithinMs, everyMs: 2000 },
    async () => {
      const { services } = await api.call(ServicesSchema, 'GET', 'compute', '/os-services');
      // Nova tells UTC without saying so.
      const isLate = (at: string | null): boolean => at === null || Date.parse(`${at}Z`) <= since;
      late = services
        .filter(({ state, updated_at: at }) => state !== 'up' || isLate(at))
        .map(({ binary, host }) => `${binary} on ${host}`)
        .join(', ');
      return services.length > 0 && late === '' ? true : undefined;
    },
    () => `Not yet: ${late}`,
  );
}
