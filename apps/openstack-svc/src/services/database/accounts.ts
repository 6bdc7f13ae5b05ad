import type { Cloud, Credential, NamedCredential } from '../../cloud/cloud.js';
import { sharedCredentials } from '../../conventions/credentials.js';
import { sqlText } from '../../conventions/jobs.js';

interface Account {
  readonly hosts: readonly string[];
  readonly privileges: string;
  readonly may?: string;
  readonly limits?: string;
}

/** The database's own accounts by their credentials: its administrator, who copies it to members that join, who watches it. */
const accounts: Readonly<Record<string, Account>> = {
  [sharedCredentials.databaseAdmin]: {
    hosts: ['%', 'localhost'],
    privileges: 'ALL PRIVILEGES',
    may: ' WITH GRANT OPTION',
  },
  'mariadb-replication': {
    hosts: ['localhost'],
    privileges: 'RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR, REPLICA MONITOR',
  },
  'mariadb-monitor': {
    hosts: ['%'],
    privileges: 'PROCESS, REPLICATION CLIENT, SELECT',
    limits: ' WITH MAX_USER_CONNECTIONS 8',
  },
};

/** A database that begins has its own accounts and no others. */
export function firstStartLines(secrets: Cloud['secrets']): string[] {
  return Object.entries(accounts).flatMap(([name, account]) => {
    const user = secrets.user(name);
    return account.hosts.flatMap((host) => [
      `CREATE OR REPLACE USER ${identified(user, host)}${account.limits ?? ''};`,
      grant(user, host, account),
    ]);
  });
}

/** Makes an account beside the others, again as often as one likes; nothing for a user that no account of the database is for. */
export function accountLines({ name, ...user }: NamedCredential): string[] {
  const account = accounts[name];
  if (account === undefined) return [];
  return account.hosts.flatMap((host) => [
    `CREATE USER IF NOT EXISTS ${identified(user, host)}${account.limits ?? ''};`,
    `ALTER USER ${identified(user, host)}${account.limits ?? ''};`,
    grant(user, host, account),
  ]);
}

/** Removes an account of the database's own, or of a project that uses it. */
export function removalLines({ name, username }: NamedCredential): string[] {
  const hosts = accounts[name]?.hosts ?? (name.endsWith('-database') ? ['%'] : []);
  return hosts.map((host) => `DROP USER IF EXISTS '${sqlText(username)}'@'${host}';`);
}

function identified({ username, password }: Credential, host: string): string {
  return `'${sqlText(username)}'@'${host}' IDENTIFIED BY '${sqlText(password)}'`;
}

function grant({ username }: Credential, host: string, { privileges, may = '' }: Account): string {
  return `GRANT ${privileges} ON *.* TO '${sqlText(username)}'@'${host}'${may};`;
}
