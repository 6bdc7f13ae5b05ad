import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { messageOf } from '@keelson/std';
import pg from 'pg';
import { sortPostgresError } from '../postgres/errors.js';

export interface DatabaseUser {
  /** Such as `baremetal-svc`. */
  readonly service: string;
  readonly password: string;
}

export interface ProvisionOptions {
  /** Database of all services; `keelson` unless given. */
  readonly database?: string;
  /** PEM of the authority that the server's certificate must come from. */
  readonly ca?: string;
  /** Connections a role may have at once; 10 unless given (a service's pool has 5, and two instances overlap in an update). */
  readonly connectionsEach?: number;
}

/** Role and schema of a service: its name with underscores. */
export function databaseName(service: string): string {
  return service.replaceAll('-', '_');
}

/** The URL by which a service reaches its database, from the superuser's. */
export function serviceUrl(adminUrl: string, user: DatabaseUser, database = 'keelson'): string {
  const url = new URL(adminUrl);
  url.username = databaseName(user.service);
  url.password = encodeURIComponent(user.password);
  url.pathname = `/${database}`;
  return url.toString();
}

/**
 * Makes the database, and one role and one schema for each service; sets the passwords. May be repeated. A role owns its own
 * schema and can do nothing else: it sees no other schema and makes nothing in `public`.
 *
 * @throws Failure transient when PostgreSQL cannot be reached, terminal when it refuses
 */
export async function provisionDatabase(
  adminUrl: string,
  users: readonly DatabaseUser[],
  options: ProvisionOptions = {},
): Promise<void> {
  const { database = 'keelson', connectionsEach = 10 } = options;
  await withClient(adminUrl, options.ca, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${quoted(database)} template template0 encoding 'UTF8'`);
    for (const name of [database, 'postgres', 'template1'])
      await client.query(`revoke all on database ${quoted(name)} from public`);
  });
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  await withClient(url.toString(), options.ca, async (client) => {
    await client.query('revoke all on schema public from public');
    for (const user of users) await provisionUser(client, user, database, connectionsEach);
  });
}

async function provisionUser(
  client: pg.Client,
  { service, password }: DatabaseUser,
  database: string,
  connections: number,
): Promise<void> {
  const role = quoted(databaseName(service));
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [databaseName(service)]);
  await client.query(
    `${rowCount === 0 ? 'create' : 'alter'} role ${role} with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit ` +
      `connection limit ${Math.trunc(connections)} password '${scramVerifier(password)}'`,
  );
  await client.query(`grant connect on database ${quoted(database)} to ${role}`);
  await client.query(`create schema if not exists ${role} authorization ${role}`);
  await client.query(`alter role ${role} in database ${quoted(database)} set search_path = ${role}`);
}

async function withClient(
  url: string,
  ca: string | undefined,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    ...(ca === undefined ? {} : { ssl: { ca } }),
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    query_timeout: 35_000,
    application_name: 'keelson provisioning',
  });
  let lost = '';
  client.on('error', (error) => (lost = messageOf(error)));
  try {
    await client.connect();
    await work(client);
  } catch (error) {
    throw sortPostgresError(error, `provisioning the database${lost === '' ? '' : ` (${lost})`}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * What PostgreSQL stores for a password (RFC 5803 form of SCRAM-SHA-256). Made here, so that the password itself never
 * reaches the server's log.
 */
function scramVerifier(password: string): string {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const keyed = (label: string): Buffer => createHmac('sha256', salted).update(label).digest();
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest();
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey.toString('base64')}:${keyed('Server Key').toString('base64')}`;
}

function quoted(identifier: string): string {
  return pg.escapeIdentifier(identifier);
}
