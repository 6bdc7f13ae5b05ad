import { createHash } from 'node:crypto';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Credentials, Engine } from '../engine/engine.js';
import type { User } from '../registry/context.js';
import { ApiError, unauthorized } from '../status/status.js';
import { headerOf, type Incoming } from './exchange.js';

type Certificate = NonNullable<Credentials['certificate']>;

const certificates = new WeakMap<object, Certificate | null>();

/**
 * Who sends a request.
 *
 * @param isOpen whether nobody in particular may send it
 * @throws ApiError 401 when the credentials are wrong, 403 when the user may not act as the one named in Impersonate headers
 */
export async function authenticate(engine: Engine, incoming: Incoming, isOpen: boolean): Promise<User> {
  const certificate = certificateOf(incoming);
  const bearer = /^bearer\s+(\S+)$/i.exec(headerOf(incoming, 'authorization') ?? '')?.[1];
  const credentials = {
    ...(certificate === undefined ? {} : { certificate }),
    ...(bearer === undefined ? {} : { bearer }),
  };
  if (certificate === undefined) await engine.prepare(credentials);
  const user = engine.authenticate(credentials);
  if (user === undefined || (user.name === 'system:anonymous' && !isOpen)) throw unauthorized();
  return impersonated(engine, user, incoming);
}

/** Read once a connection. One whose chain is not trusted counts as none. */
function certificateOf(incoming: Incoming): Certificate | undefined {
  const connection =
    'stream' in incoming && incoming.stream.session !== undefined ? incoming.stream.session : incoming.socket;
  let certificate = certificates.get(connection);
  if (certificate === undefined) {
    certificate = readCertificate(incoming.socket as TLSSocket) ?? null;
    certificates.set(connection, certificate);
  }
  return certificate ?? undefined;
}

function readCertificate(socket: TLSSocket): Certificate | undefined {
  if (!socket.authorized) return undefined;
  const { raw, subject } = socket.getPeerCertificate() as Partial<PeerCertificate>;
  if (raw === undefined || subject === undefined) return undefined;
  const names: Partial<Record<'CN' | 'O', string | string[]>> = subject;
  const [commonName] = [names.CN ?? []].flat();
  if (commonName === undefined || commonName === '') return undefined;
  return {
    commonName,
    organizations: [names.O ?? []].flat(),
    fingerprintSha256: createHash('sha256').update(raw).digest('hex'),
  };
}

/** Groups, an identity or more are to be impersonated, and no user: kube-apiserver fails at this. */
export class NobodyImpersonated extends Error {
  constructor(groups: readonly string[]) {
    super(`requested [${groups.map((group) => `{Group  ${group}    }`).join(' ')}] without impersonating a user`);
    this.name = 'NobodyImpersonated';
  }
}

/** The user whom an administrator wants to act as, each part of it authorised as the verb impersonate. */
function impersonated(engine: Engine, user: User, incoming: Incoming): User {
  const wanted = impersonationOf(incoming.rawHeaders);
  if (wanted === undefined) return user;
  if (wanted.name === undefined) {
    throw new NobodyImpersonated(wanted.groups);
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(wanted.name);
  require(engine, user, account === null
    ? { resource: 'users', name: wanted.name }
    : { resource: 'serviceaccounts', namespace: account[1], name: account[2] });
  for (const group of wanted.groups) require(engine, user, { resource: 'groups', name: group });
  if (wanted.uid !== undefined)
    require(engine, user, { group: 'authentication.k8s.io', version: 'v1', resource: 'uids', name: wanted.uid });
  for (const [key, values] of Object.entries(wanted.extra)) {
    for (const name of values)
      require(engine, user, {
        group: 'authentication.k8s.io',
        version: 'v1',
        resource: 'userextras',
        subresource: key,
        name,
      });
  }
  return {
    name: wanted.name,
    ...(wanted.uid === undefined ? {} : { uid: wanted.uid }),
    groups: groupsOf(wanted.name, wanted.groups, account?.[1]),
    ...(Object.keys(wanted.extra).length === 0 ? {} : { extra: wanted.extra }),
  };
}

function groupsOf(name: string, given: readonly string[], accountNamespace: string | undefined): readonly string[] {
  if (name === 'system:anonymous') return [...new Set([...given, 'system:unauthenticated'])];
  const own =
    accountNamespace === undefined || given.length > 0
      ? []
      : ['system:serviceaccounts', `system:serviceaccounts:${accountNamespace}`];
  return [...new Set([...given, ...own, 'system:authenticated'])];
}

interface Impersonation {
  name: string | undefined;
  uid: string | undefined;
  groups: string[];
  extra: Record<string, string[]>;
}

const prefix = 'impersonate-';

/** Raw headers keep repeated ones apart, whose values may hold commas. */
function impersonationOf(raw: readonly string[]): Impersonation | undefined {
  const wanted: Impersonation = { name: undefined, uid: undefined, groups: [], extra: {} };
  let isAny = false;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const header = (raw[i] ?? '').toLowerCase();
    if (!header.startsWith(prefix)) continue;
    isAny = true;
    readImpersonation(wanted, header.slice(prefix.length), raw[i + 1] ?? '');
  }
  return isAny ? wanted : undefined;
}

function readImpersonation(wanted: Impersonation, what: string, value: string): void {
  if (what === 'user') wanted.name = value;
  else if (what === 'group') wanted.groups.push(value);
  else if (what === 'uid') wanted.uid = value;
  else if (what.startsWith('extra-'))
    (wanted.extra[decodeURIComponent(what.slice('extra-'.length))] ??= []).push(value);
}

interface Impersonated {
  readonly group?: string;
  readonly version?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

function require(engine: Engine, user: User, target: Impersonated): void {
  const { group = '', version = 'v1', resource, subresource, namespace, name } = target;
  const attributes = {
    verb: 'impersonate',
    group,
    version,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
  if (engine.authorize(user, attributes).allowed) return;
  throw refused(user, attributes);
}

interface Refused {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** 403 about a resource, in Kubernetes' words. */
export function refused(user: User, wanted: Refused): ApiError {
  const { verb, group, resource, subresource, namespace, name } = wanted;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const where =
    namespace === undefined || namespace === ''
      ? 'at the cluster scope'
      : `in the namespace ${JSON.stringify(namespace)}`;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const why = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
  return new ApiError(
    403,
    'Forbidden',
    `${qualified}${name === undefined ? '' : ` ${JSON.stringify(name)}`} is forbidden: ${why}`,
    {
      ...(name === undefined ? {} : { name }),
      ...(group === '' ? {} : { group }),
      kind: resource,
    },
  );
}

/** 403 about a path outside the resources. */
export function refusedPath(user: User, verb: string, path: string): ApiError {
  return new ApiError(
    403,
    'Forbidden',
    `forbidden: User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}`,
    {},
  );
}
