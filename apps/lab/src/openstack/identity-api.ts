import { rfc3339Micro, uuid } from '@keelson/std';
import { type CatalogEntry, catalogFor } from './catalog.js';
import { adminProject as adminProjectId, type SimulatedCloud, seedProject } from './cloud.js';
import {
  CloudError,
  type CloudRequest,
  type CloudResponse,
  type Doc,
  type Route,
  docAt,
  done,
  missing,
  ok,
  textAt,
} from './exchange.js';

/** keystone's default, in seconds of the clock: tokens are everybody's. */
const tokenSeconds = 3_600;
const domain = { id: 'default', name: 'Default' };
const adminProject = { id: adminProjectId, name: 'admin', domain };
const serviceProject = { id: '5e000000000000000000000000000000', name: 'service', domain };
const seeded = { id: seedProject, name: 'seed', domain };

/** What keystone knows by the cluster's objects. */
export interface IdentityFacts {
  readonly catalog: readonly CatalogEntry[];
  /** Passwords by user; undefined while nothing says who there is: anybody is believed then. */
  readonly passwords: ReadonlyMap<string, ReadonlySet<string>> | undefined;
}

/** keystone, API v3: password tokens, validation, the catalogue. */
export function identityRoutes(cloud: SimulatedCloud, facts: IdentityFacts): readonly Route[] {
  const lists: Readonly<Record<string, () => readonly Doc[]>> = {
    projects: () => [adminProject, serviceProject, seeded],
    domains: () => [domain],
    users: () => [...(facts.passwords?.keys() ?? ['admin'])].map(userOf),
    roles: () => roles,
    regions: () => [{ id: 'RegionOne', description: 'simulated' }],
    services: () => facts.catalog.map(({ id, name, type }) => ({ id, name, type, enabled: true })),
    endpoints: () =>
      facts.catalog.flatMap(({ id, endpoints }) => endpoints.map((one) => ({ ...one, service_id: id, enabled: true }))),
  };
  return [
    ['POST', '/v3/auth/tokens', (request) => issue(cloud, facts, request)],
    ['GET', '/v3/auth/tokens', (request) => show(cloud, facts, request)],
    ['DELETE', '/v3/auth/tokens', ({ headers }) => revoke(cloud, headers['x-subject-token'] ?? '')],
    ['GET', '/v3/auth/catalog', () => ok({ catalog: catalogFor(adminProjectId, facts.catalog) })],
    ['GET', '/v3/role_assignments', () => ok({ role_assignments: lists['users']?.().flatMap(assignmentsOf) })],
    ...Object.entries(lists).map(([name, list]): Route => [
      'GET',
      `/v3/${name}`,
      ({ query }) => ok({ [name]: named(list(), query) }),
    ]),
  ];
}

const roles: readonly Doc[] = ['admin', 'member', 'reader'].map((name) => ({ id: name, name }));
const userOf = (name: string): Doc => ({ id: `user-${name}`, name, domain, enabled: true });

/** Whoever there is may do everything, in the administrator's project. */
function assignmentsOf({ id, name }: Doc): readonly Doc[] {
  const { domain: of, ...project } = adminProject;
  return [{ user: { id, name, domain }, role: roles[0], scope: { project: { ...project, domain: of } }, links: {} }];
}

function named(docs: readonly Doc[], query: URLSearchParams): readonly Doc[] {
  const name = query.get('name');
  return name === null ? docs : docs.filter((doc) => doc['name'] === name);
}

function issue(cloud: SimulatedCloud, facts: IdentityFacts, { body }: CloudRequest): CloudResponse {
  const auth = docAt(body, 'auth');
  const user = docAt(docAt(docAt(auth, 'identity'), 'password'), 'user');
  const name = textAt(user, 'name') ?? textAt(user, 'id')?.replace(/^user-/, '') ?? '';
  const password = textAt(user, 'password') ?? '';
  const isRight =
    facts.passwords === undefined ? name !== '' && password !== '' : facts.passwords.get(name)?.has(password) === true;
  if (!isRight) throw new CloudError(401, 'The request you have made requires authentication.');
  const token = `simulated-${uuid(cloud.random)}`;
  const expiresAt = cloud.clock.now() + tokenSeconds * 1000;
  for (const [old, known] of cloud.tokens) if (known.expiresAt < cloud.clock.now()) cloud.tokens.delete(old);
  cloud.tokens.set(token, { expiresAt, user: name });
  const isSystem = docAt(auth, 'scope')['system'] !== undefined;
  return {
    status: 201,
    headers: { 'x-subject-token': token },
    body: tokenDoc(cloud, facts, { name, expiresAt, isSystem }),
  };
}

function show(cloud: SimulatedCloud, facts: IdentityFacts, { headers }: CloudRequest): CloudResponse {
  const subject = headers['x-subject-token'] ?? '';
  const known = cloud.tokens.get(subject);
  if (known === undefined || known.expiresAt < cloud.clock.now()) throw missing('Token', 'given');
  const { expiresAt, user } = known;
  return {
    status: 200,
    headers: { 'x-subject-token': subject },
    body: tokenDoc(cloud, facts, { name: user, expiresAt, isSystem: false }),
  };
}

function revoke(cloud: SimulatedCloud, token: string): CloudResponse {
  cloud.tokens.delete(token);
  return done();
}

function tokenDoc(
  { clock }: SimulatedCloud,
  { catalog }: IdentityFacts,
  { name, expiresAt, isSystem }: { readonly name: string; readonly expiresAt: number; readonly isSystem: boolean },
): Doc {
  const scope = isSystem ? { system: { all: true } } : { project: adminProject };
  return {
    token: {
      methods: ['password'],
      user: { ...userOf(name), password_expires_at: null },
      ...scope,
      roles,
      catalog: catalogFor(adminProjectId, catalog),
      audit_ids: ['simulated'],
      is_domain: false,
      issued_at: rfc3339Micro(clock.now()),
      expires_at: rfc3339Micro(expiresAt),
    },
  };
}

/** @throws CloudError 401 when the request shows no token that is valid now */
export function requireToken(cloud: SimulatedCloud, { headers }: CloudRequest): void {
  const known = cloud.tokens.get(headers['x-auth-token'] ?? '');
  if (known === undefined || known.expiresAt < cloud.clock.now())
    throw new CloudError(401, 'The request you have made requires authentication.');
}
