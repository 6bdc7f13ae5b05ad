import type { KeyObject } from 'node:crypto';
import { type Clock, type Http, type Log, messageOf } from '@keelson/std';
import { isObject } from '../schema/schema.js';
import type { Draft } from '../storage/stored.js';
import { isSignedBy, type Jwt, keyOfJwk } from './jwt.js';

export interface IssuerKeysOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly log: Log;
  /** URL of the issuer, which has its configuration at `/.well-known/openid-configuration`. */
  readonly issuer: string;
  /** PEM of the authority of the issuer's certificate; the system's trust store when absent. */
  readonly authority: string | undefined;
}

interface IssuerKey {
  readonly id: string | undefined;
  readonly key: KeyObject;
}

const timeoutMs = 10_000;
/** Older keys are fetched again while they are used. */
const refreshMs = 3_600_000;
/** Keys are believed no longer than this, whatever became of their issuer. */
const maxAgeMs = 24 * 3_600_000;
/** However many tokens with unknown keys come, an issuer is not asked more often. */
const minPauseMs = 10_000;
const maxAnswerBytes = 1024 * 1024;

/** The public keys of an OpenID Connect issuer, fetched when they are needed and again when a token names one that is not there. */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  #keys: readonly IssuerKey[] = [];
  #fetchedAt = -Infinity;
  #triedAt = -Infinity;
  #fetching: Promise<void> | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /** Changes with every set of keys: a token that was verified by one set must be verified again by the next. */
  get generation(): number {
    return this.#fetchedAt;
  }

  /** No longer to be believed. */
  get areTooOld(): boolean {
    return this.#age() > maxAgeMs;
  }

  verifies(token: Jwt): boolean {
    if (this.areTooOld) return false;
    return this.#candidates(token).some(({ key }) => isSignedBy(token, key));
  }

  /** A promise of newer keys, when those that are known cannot judge this token and the issuer may be asked; else undefined. */
  refreshedFor(token: Jwt): Promise<void> | undefined {
    return this.verifies(token) ? undefined : this.#refreshed();
  }

  /** Has keys that are getting old fetched, which nobody waits for. */
  keepFresh(): void {
    if (this.#age() > refreshMs) void this.#refreshed();
  }

  #refreshed(): Promise<void> | undefined {
    if (this.#fetching !== undefined) return this.#fetching;
    const now = this.#options.clock.now();
    if (now - this.#triedAt < minPauseMs) return undefined;
    this.#triedAt = now;
    this.#fetching = this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  #age(): number {
    return this.#options.clock.now() - this.#fetchedAt;
  }

  /** A token that names no key may be signed with any. */
  #candidates({ header }: Jwt): readonly IssuerKey[] {
    return typeof header.kid === 'string' ? this.#keys.filter(({ id }) => id === header.kid) : this.#keys;
  }

  /** A failure leaves the keys as they are: they are good until they are too old. */
  async #fetch(): Promise<void> {
    const { issuer, log, clock } = this.#options;
    try {
      const configuration = await this.#get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
      if (configuration.issuer !== issuer)
        throw new Error(`it calls itself ${JSON.stringify(configuration.issuer ?? '')}, which is another issuer`);
      const { keys } = await this.#get(String(configuration.jwks_uri));
      this.#keys = (Array.isArray(keys) ? keys.filter(isObject) : []).flatMap((jwk) => {
        const key = keyOfJwk(jwk);
        return key === undefined ? [] : [{ id: typeof jwk.kid === 'string' ? jwk.kid : undefined, key }];
      });
      this.#fetchedAt = clock.now();
    } catch (error) {
      log.warn(`the keys of the OpenID Connect issuer ${issuer} cannot be had: ${messageOf(error)}`);
    }
  }

  async #get(url: string): Promise<Draft> {
    if (!url.startsWith('https://')) throw new Error(`${url} is no https address`);
    const { http, authority } = this.#options;
    const response = await http({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      timeoutMs,
      ...(authority === undefined ? {} : { tls: { ca: authority } }),
    });
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
    if (response.body.length > maxAnswerBytes) throw new Error(`${url} answered more than 1 MiB`);
    const value: unknown = JSON.parse(Buffer.from(response.body).toString('utf8'));
    if (!isObject(value)) throw new Error(`${url} answered no JSON object`);
    return value;
  }
}
