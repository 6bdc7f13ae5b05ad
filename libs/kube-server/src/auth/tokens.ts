import { rfc3339, uuid } from '@keelson/std';
import type { Registry, User } from '../registry/context.js';
import { metaOf } from '../registry/metadata.js';
import { askedFields } from '../apply/asked-fields.js';
import { kindText } from '../kinds/descriptor.js';
import { asText, isObject } from '../schema/schema.js';
import { badRequest, conflict, type FieldError, fieldInvalid, invalid, notFound } from '../status/status.js';
import type { Draft } from '../storage/stored.js';
import { isBase64Url } from './jwt.js';
import type { TokenKeys } from './signing-key.js';

/** Claims of a service account's token, as kube-apiserver makes them. */
interface Claims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly nbf: number;
  readonly iat: number;
  readonly iss: string;
  readonly jti: string;
  readonly sub: string;
  readonly 'kubernetes.io': {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
    readonly pod?: BoundObject;
    readonly secret?: BoundObject;
  };
}

interface BoundObject {
  readonly name: string;
  readonly uid: string;
}

export interface TokenHolder {
  readonly user: User;
  readonly audiences: readonly string[];
}

const defaultSeconds = 3600;
const minSeconds = 600;
const maxSeconds = 2 ** 32;
/** Tokens of one engine that are kept verified; the oldest gives way. */
const maxRemembered = 4096;

/** Issues and verifies tokens of service accounts. A token is worth nothing once its account, or what it is bound to, is gone. */
export class TokenAuthority {
  readonly #registry: Registry;
  readonly #keys: TokenKeys;
  readonly #issuer: string;
  readonly #verified = new Map<string, { readonly claims: Claims; readonly holder: TokenHolder }>();

  constructor(registry: Registry, keys: TokenKeys, issuer: string) {
    this.#registry = registry;
    this.#keys = keys;
    this.#issuer = issuer;
  }

  jwks(): Draft {
    return { keys: this.#keys.verifying.map((key) => key.jwk()) };
  }

  /** Answers a TokenRequest. */
  issue(account: { readonly namespace: string; readonly name: string }, request: Draft, manager = 'unknown'): Draft {
    const { store, clock, random } = this.#registry;
    const { namespace, name } = account;
    const stored = store.get('serviceaccounts', namespace, name);
    if (stored === undefined) throw notFound({ group: '', plural: 'serviceaccounts' }, name);
    const spec = isObject(request.spec) ? request.spec : {};
    requireOwnName(request, name);
    const seconds = secondsOf(spec);
    const audiences =
      Array.isArray(spec.audiences) && spec.audiences.length > 0 ? spec.audiences.map(String) : [this.#issuer];
    const now = Math.floor(clock.now() / 1000);
    const token = this.#encode({
      aud: audiences,
      exp: now + seconds,
      iat: now,
      iss: this.#issuer,
      jti: uuid(random),
      'kubernetes.io': {
        namespace,
        ...this.#bound(spec.boundObjectRef, namespace),
        serviceaccount: { name, uid: stored.metadata.uid },
      },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
    const asker = { manager, apiVersion: 'authentication.k8s.io/v1', subresource: 'token', now: rfc3339(clock.now()) };
    return {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {
        ...metaOf(request),
        name,
        namespace,
        uid: uuid(random),
        creationTimestamp: rfc3339(clock.now()),
        managedFields: askedFields({ ...spec, expirationSeconds: seconds }, asker),
      },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp: rfc3339((now + seconds) * 1000) },
    };
  }

  /** Whose token it is; undefined when it is not one of ours, has expired or its account is another now. */
  verify(token: string): TokenHolder | undefined {
    let known = this.#verified.get(token);
    if (known === undefined) {
      const claims = this.#decode(token);
      if (claims === undefined) return undefined;
      known = { claims, holder: { user: userOf(claims), audiences: claims.aud } };
      if (this.#verified.size >= maxRemembered) this.#verified.delete(this.#verified.keys().next().value ?? '');
      this.#verified.set(token, known);
    }
    return this.#isValid(known.claims) ? known.holder : undefined;
  }

  /** What the API itself accepts: tokens whose audience it is. */
  isForUs(holder: TokenHolder): boolean {
    return holder.audiences.includes(this.#issuer);
  }

  get issuer(): string {
    return this.#issuer;
  }

  #encode(claims: Claims): string {
    const { signing } = this.#keys;
    const header = { alg: signing.algorithm, kid: signing.keyId };
    const text = `${encodePart(header)}.${encodePart(claims)}`;
    return `${text}.${signing.sign(text)}`;
  }

  #decode(token: string): Claims | undefined {
    const [header, payload, signature, ...more] = token.split('.');
    if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined;
    if (!isBase64Url(signature)) return undefined;
    const { alg, kid } = decodePart(header) ?? {};
    const claims = decodePart(payload);
    if (!isClaims(claims) || claims.iss !== this.#issuer) return undefined;
    const keys = this.#keys.verifying.filter(
      (key) => key.algorithm === alg && (kid === undefined || kid === key.keyId),
    );
    return keys.some((key) => key.verifies(`${header}.${payload}`, signature)) ? claims : undefined;
  }

  #isValid({ exp, nbf, 'kubernetes.io': { namespace, serviceaccount, pod, secret } }: Claims): boolean {
    const now = this.#registry.clock.now() / 1000;
    if (now >= exp || now < nbf) return false;
    const lives = (resource: string, bound: BoundObject | undefined): boolean =>
      bound === undefined || this.#registry.store.get(resource, namespace, bound.name)?.metadata.uid === bound.uid;
    return lives('serviceaccounts', serviceaccount) && lives('pods', pod) && lives('secrets', secret);
  }

  #bound(reference: unknown, namespace: string): { pod?: BoundObject; secret?: BoundObject } {
    if (!isObject(reference)) return {};
    const name = String(reference.name);
    const plural = reference.kind === 'Pod' ? 'pods' : reference.kind === 'Secret' ? 'secrets' : undefined;
    if (plural === undefined)
      throw badRequest(
        `cannot bind token to object of type ${kindText(asText(reference.apiVersion), asText(reference.kind))}`,
      );
    const uid = this.#registry.store.get(plural, namespace, name)?.metadata.uid;
    if (uid === undefined) throw notFound({ group: '', plural }, name);
    if (reference.uid !== undefined && reference.uid !== '' && reference.uid !== uid) {
      const why = `the UID in the bound object reference (${asText(reference.uid)}) does not match the UID in record. The object might have been deleted and then recreated`;
      throw conflict({ group: '', plural: String(reference.kind) }, name, why);
    }
    return plural === 'pods' ? { pod: { name, uid } } : { secret: { name, uid } };
  }
}

function requireOwnName(request: Draft, name: string): void {
  const { name: given } = metaOf(request);
  if (given === undefined || given === '' || given === name) return;
  throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, name, [
    fieldInvalid('metadata.name', given, 'must match the service account name if specified'),
  ]);
}

function secondsOf(spec: Draft): number {
  const seconds = spec.expirationSeconds ?? defaultSeconds;
  const errors: FieldError[] = [];
  if (typeof seconds !== 'number' || !Number.isInteger(seconds))
    errors.push(fieldInvalid('spec.expirationSeconds', seconds, 'must be a whole number'));
  else if (seconds < minSeconds)
    errors.push(fieldInvalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes'));
  else if (seconds > maxSeconds)
    errors.push(fieldInvalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (errors.length > 0) throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', errors);
  return Number(seconds);
}

/** The user that a service account's token stands for. */
function userOf({ sub, jti, 'kubernetes.io': { namespace, serviceaccount, pod } }: Claims): User {
  return {
    name: sub,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      'authentication.kubernetes.io/credential-id': [`JTI=${jti}`],
      ...(pod === undefined
        ? {}
        : { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
    },
  };
}

function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

function decodePart(text: string): Draft | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Only the shape: a token with our signature has claims that we made. */
function isClaims(value: Draft | undefined): value is Draft & Claims {
  const ours = value?.['kubernetes.io'];
  return Array.isArray(value?.aud) && typeof value.exp === 'number' && isObject(ours) && isObject(ours.serviceaccount);
}
