import { type Http, type Random, backoffSeconds, messageOf, sleep } from '@keelson/std';
import type { HostConfiguration } from './cloud-init.js';
import type { World } from './world.js';

export interface Report {
  readonly phase: 'booted' | 'installing' | 'installed' | 'failed';
  readonly percent?: number;
  readonly message?: string;
  readonly bootId: string;
}

const backoff = { firstSeconds: 2, maxSeconds: 60, factor: 2 };
const timeoutMs = 10_000;

/** Repeats a report until it is answered 200: the service has it and will not forget. 202 means that it has not yet. */
export async function reportUntilHeard(reporter: Reporter, report: Report): Promise<void> {
  for (let attempt = 1; !reporter.signal.aborted; attempt += 1) {
    const status = await post(reporter, report);
    if (status === 200) return;
    await sleep(reporter.world.clock, backoffSeconds(backoff, attempt, reporter.random) * 1000, reporter.signal);
  }
}

/** Sends a report once; a later one will say more. */
export async function reportOnce(reporter: Reporter, report: Report): Promise<void> {
  await post(reporter, report);
}

export interface Reporter {
  readonly world: World;
  readonly http: Http;
  readonly random: Random;
  readonly server: string;
  readonly configuration: HostConfiguration;
  readonly signal: AbortSignal;
}

async function post(
  { world, http, server, configuration, signal }: Reporter,
  report: Report,
): Promise<number | undefined> {
  try {
    const response = await http({
      method: 'POST',
      url: configuration.callbackUrl,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${configuration.callbackToken}` },
      body: JSON.stringify(report),
      timeoutMs,
      signal,
      // The installer cannot know the authority of a service it has never met; the token proves what matters.
      tls: { verify: false },
    });
    return response.status;
  } catch (error) {
    world.log.debug(`${server}: the report ${report.phase} did not get through: ${messageOf(error)}`);
    return undefined;
  }
}
