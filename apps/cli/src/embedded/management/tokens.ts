import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeApi } from '@keelson/kube';
import { backoffSeconds, type BackoffPolicy, type Clock, messageOf, type Random, sleep } from '@keelson/std';
import { serviceNamespace } from '../deployments/deployments.js';
import type { Layout } from '../layout.js';
import { writePrivate } from '../credentials/secrets.js';

/** How long a token is asked for, and how old it may become before another follows. Seconds. */
const tokenSeconds = 3600;
const renewedAfterSeconds = 1200;
/** Between two tries while the API refuses or is away. */
const again: BackoffPolicy = { firstSeconds: 2, maxSeconds: 60, factor: 2 };

export function tokenFileOf(layout: Layout, service: string): string {
  return join(layout.secrets, 'tokens', service);
}

/** Whose token is missing or past its time, in a few words; undefined when every service can show who it is. */
export function lackingTokens(layout: Layout, services: readonly string[], now: number): string | undefined {
  const lacking = services.filter((service) => {
    const file = tokenFileOf(layout, service);
    return !existsSync(file) || now - statSync(file).mtimeMs > tokenSeconds * 1000;
  });
  return lacking.length === 0 ? undefined : `no token yet for ${lacking.join(', ')}`;
}

/**
 * Keeps a fresh token of each service's account in its file until the signal aborts. What fails is told and tried again: the
 * token before it lasts forty minutes more.
 */
export async function keepTokens(options: {
  readonly layout: Layout;
  readonly services: readonly string[];
  readonly api: Pick<KubeApi, 'createToken'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { layout, services, api, clock, random, tell, signal } = options;
  let failures = 0;
  while (!signal.aborted) {
    const renewed = await Promise.allSettled(services.map((service) => renew(layout, api, service)));
    const failed = renewed.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []));
    for (const message of failed) tell(`a token cannot be renewed: ${message}`);
    failures = failed.length === 0 ? 0 : failures + 1;
    const pauseSeconds = failures === 0 ? renewedAfterSeconds : backoffSeconds(again, failures, random);
    await sleep(clock, pauseSeconds * 1000, signal).catch(() => undefined);
  }
}

async function renew(layout: Layout, api: Pick<KubeApi, 'createToken'>, service: string): Promise<void> {
  const account = { namespace: serviceNamespace, name: service };
  const { token } = await api.createToken(account, { expirationSeconds: tokenSeconds });
  writePrivate(tokenFileOf(layout, service), token);
}
