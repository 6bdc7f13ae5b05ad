import type { Clock, Http, Log } from '@keelson/std';
import type { User } from '../registry/context.js';
import type { Draft } from '../storage/stored.js';
import { IssuerKeys } from './issuer-keys.js';
import { type Jwt, readJwt } from './jwt.js';

/** Whose ID tokens are believed and how their claims read: the `--oidc-*` flags of kube-apiserver. */
export interface OidcOptions {
  readonly http: Http;
  /** `iss` of tokens, an https URL. */
  readonly issuer: string;
  /** Must be among `aud` of tokens. */
  readonly clientId: string;
  /** PEM of the authority of the issuer's certificate; the system's trust store when absent. */
  readonly authority?: string;
  /** `sub` when absent. */
  readonly usernameClaim?: string;
  /** Before every name; `-` for nothing. When absent it is `<issuer>#`, or nothing if the claim is `email`. */
  readonly usernamePrefix?: string;
  /** No groups when absent. */
  readonly groupsClaim?: string;
  readonly groupsPrefix?: string;
  /** Claims that a token must have, with these values. */
  readonly requiredClaims?: Readonly<Record<string, string>>;
  /** `alg` of tokens; RS256 alone when absent. */
  readonly algorithms?: readonly string[];
}

/** Tokens that are kept verified; the oldest gives way. */
const maxRemembered = 4096;

interface Known {
  readonly user: User;
  /** Milliseconds since the Unix epoch. */
  readonly expires: number;
  readonly generation: number;
}

/** Tells users by ID tokens of one OpenID Connect issuer (k8s.io/apiserver, plugin/pkg/authenticator/token/oidc). */
export class OidcAuthenticator {
  readonly #options: OidcOptions;
  readonly #clock: Clock;
  readonly #keys: IssuerKeys;
  readonly #algorithms: readonly string[];
  readonly #known = new Map<string, Known>();

  constructor(options: OidcOptions, surroundings: { readonly clock: Clock; readonly log: Log }) {
    const { http, issuer, authority, algorithms = ['RS256'] } = options;
    this.#options = options;
    this.#clock = surroundings.clock;
    this.#algorithms = algorithms;
    this.#keys = new IssuerKeys({ http, issuer, authority, ...surroundings });
  }

  /** A promise when the keys of the issuer must be fetched before `verify` can judge the token; else undefined. */
  prepare(bearer: string): Promise<void> | undefined {
    if (this.#remembered(bearer) !== undefined) {
      this.#keys.keepFresh();
      return undefined;
    }
    const token = this.#candidate(bearer);
    return token === undefined ? undefined : this.#keys.refreshedFor(token);
  }

  /** Whose token it is; undefined when it is not of this issuer for this client, is not valid now or names nobody. */
  verify(bearer: string): User | undefined {
    const remembered = this.#remembered(bearer);
    if (remembered !== undefined) return remembered;
    const token = this.#candidate(bearer);
    if (token === undefined || !this.#keys.verifies(token)) return undefined;
    const user = this.#userOf(token.claims);
    if (user === undefined) return undefined;
    if (this.#known.size >= maxRemembered) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#known.set(bearer, { user, expires: Number(token.claims.exp) * 1000, generation: this.#keys.generation });
    return user;
  }

  #remembered(bearer: string): User | undefined {
    const known = this.#known.get(bearer);
    if (known === undefined) return undefined;
    const isOfTheseKeys = known.generation === this.#keys.generation && !this.#keys.areTooOld;
    if (known.expires > this.#clock.now() && isOfTheseKeys) return known.user;
    this.#known.delete(bearer);
    return undefined;
  }

  /** The token, if it claims to be of our issuer, for us, now. */
  #candidate(bearer: string): Jwt | undefined {
    const token = readJwt(bearer);
    if (token === undefined || !this.#algorithms.includes(String(token.header.alg))) return undefined;
    const { iss, aud, exp, nbf } = token.claims;
    const { issuer, clientId, requiredClaims = {} } = this.#options;
    if (iss !== issuer || ![aud].flat().includes(clientId)) return undefined;
    const now = this.#clock.now() / 1000;
    if (typeof exp !== 'number' || exp <= now || (typeof nbf === 'number' && nbf > now + leewaySeconds))
      return undefined;
    const lacks = Object.entries(requiredClaims).some(([claim, value]) => token.claims[claim] !== value);
    return lacks ? undefined : token;
  }

  #userOf(claims: Draft): User | undefined {
    const { usernameClaim = 'sub' } = this.#options;
    const name = claims[usernameClaim];
    if (typeof name !== 'string' || name === '') return undefined;
    if (usernameClaim === 'email' && claims.email_verified !== undefined && claims.email_verified !== true)
      return undefined;
    const groups = this.#groupsOf(claims);
    if (groups === undefined) return undefined;
    return { name: `${this.#usernamePrefix(usernameClaim)}${name}`, groups: [...groups, 'system:authenticated'] };
  }

  #usernamePrefix(claim: string): string {
    const { usernamePrefix, issuer } = this.#options;
    if (usernamePrefix === undefined || usernamePrefix === '') return claim === 'email' ? '' : `${issuer}#`;
    return usernamePrefix === '-' ? '' : usernamePrefix;
  }

  /** One group or several; undefined when the claim is anything else. */
  #groupsOf(claims: Draft): readonly string[] | undefined {
    const { groupsClaim, groupsPrefix = '' } = this.#options;
    const value = groupsClaim === undefined ? undefined : claims[groupsClaim];
    if (value === undefined || value === null) return [];
    const groups: readonly unknown[] = Array.isArray(value) ? value : [value];
    return groups.every((group) => typeof group === 'string')
      ? groups.map((group) => `${groupsPrefix}${String(group)}`)
      : undefined;
  }
}

/** Clocks differ: a token may be a little early (github.com/coreos/go-oidc). */
const leewaySeconds = 300;
