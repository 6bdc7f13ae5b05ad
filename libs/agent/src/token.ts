import type { ObjectKey } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Clock, type Log, type Random, backoffSeconds, messageOf, sleep } from '@keelson/std';

/** What a service account token says of itself; undefined members when it is no such token. */
export interface TokenClaims {
  readonly serviceAccount: ObjectKey | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
}

/** Reads the claims of a service account token without checking its signature: that is the server's business. */
export function claimsOf(token: string): TokenClaims {
  const claims = payloadOf(token);
  const subject = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(
    typeof claims['sub'] === 'string' ? claims['sub'] : '',
  );
  const expiry = claims['exp'];
  return {
    serviceAccount: subject?.[2] === undefined ? undefined : { namespace: subject[1], name: subject[2] },
    expiresAt: typeof expiry === 'number' ? expiry * 1000 : undefined,
  };
}

export interface RenewalOptions {
  readonly api: KubeApi;
  readonly token: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Keeps the new token where the next start finds it and makes the API client use it. */
  readonly saveToken: (token: string) => void | Promise<void>;
}

/** Life of a new token and the rest at which it is renewed. Source: reference/mosk-api/lifecycle.md (24 h, 1 h). */
const lifeSeconds = 86_400;
const restMs = 3_600_000;
const backoff = { firstSeconds: 5, maxSeconds: 300, factor: 2 };

/** Renews the token by TokenRequest whenever less than an hour of it is left, until the signal aborts. */
export async function keepTokenFresh(options: RenewalOptions): Promise<void> {
  let token = options.token;
  let failures = 0;
  while (!options.signal.aborted) {
    const { serviceAccount, expiresAt } = claimsOf(token);
    if (serviceAccount === undefined || expiresAt === undefined) {
      options.log.warn('the token names no service account or no end; it is used as it is and never renewed');
      return;
    }
    const waitMs = expiresAt - restMs - options.clock.now();
    if (waitMs > 0) {
      await sleep(options.clock, Math.min(waitMs, lifeSeconds * 1000), options.signal).catch(() => undefined);
      continue;
    }
    try {
      token = (await options.api.createToken(serviceAccount, { expirationSeconds: lifeSeconds })).token;
      await options.saveToken(token);
      failures = 0;
    } catch (error) {
      failures += 1;
      options.log.warn(`the token could not be renewed: ${messageOf(error)}`);
    }
    // After a success too: a server that gives shorter tokens than asked for must not be asked in a loop.
    const pauseSeconds = Math.max(failures === 0 ? 60 : 0, backoffSeconds(backoff, failures, options.random));
    await sleep(options.clock, pauseSeconds * 1000, options.signal).catch(() => undefined);
  }
}

function payloadOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof payload === 'object' && payload !== null ? { ...payload } : {};
  } catch {
    return {};
  }
}
