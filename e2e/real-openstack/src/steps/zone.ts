import { terminal } from '@keelson/std';
import { z } from 'zod';
import { until } from '../machine/waiting.js';
import { identity } from './foundation.js';
import type { Step } from './step.js';

const StatusSchema = z.object({ id: z.string(), status: z.string() });
const address = '192.0.2.77';

export const zone: Step = {
  name: 'zone of designate answered by PowerDNS',
  needs: [identity.name],
  async run({ cluster, rollout, api }) {
    await rollout.apply('dns');
    const cloud = api();
    const made = await cloud.call(StatusSchema, 'POST', 'dns', '/v2/zones', {
      name: 'example.net.',
      email: 'hostmaster@example.net',
    });
    await until({ what: 'the zone being ACTIVE', withinMs: 120_000, everyMs: 1000 }, async () => {
      const { status } = await cloud.call(StatusSchema, 'GET', 'dns', `/v2/zones/${made.id}`);
      if (status === 'ERROR') throw terminal('the zone is in ERROR');
      return status === 'ACTIVE' ? true : undefined;
    });
    const record = { name: 'www.example.net.', type: 'A', records: [address] };
    await cloud.send('POST', 'dns', `/v2/zones/${made.id}/recordsets`, record);
    const server = cluster.pod('designate-powerdns');
    const question = ['dig', '+short', '+time=2', '+tries=1', `@${server.ip}`, 'www.example.net', 'A'];
    await until({ what: 'PowerDNS answering the record', withinMs: 60_000, everyMs: 500 }, async () => {
      const { stdout } = await server.exec(question);
      return stdout.trim() === address ? true : undefined;
    });
    return `PowerDNS answers www.example.net with ${address}`;
  },
};
