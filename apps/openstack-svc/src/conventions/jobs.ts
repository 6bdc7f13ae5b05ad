import type { Cloud, Credential } from '../cloud/cloud.js';
import { trusting } from '../cloud/internal-tls.js';
import type { ConfigFile } from '../cloud/service.js';
import { type Chart, internalHost, publicHost } from '../render/chart.js';
import { jsonFile, type Script, script, textFile } from '../render/files.js';
import type { Workload } from '../render/kubernetes.js';
import type { MountedVolume } from '../render/pod.js';
import { job } from '../render/workloads.js';
import { type Address, type AddressName, addresses, hosts, internalUrl } from './addresses.js';
import {
  administratorProject,
  databaseUser,
  identityUser,
  messagingHost,
  messagingUser,
  sharedCredentials,
} from './credentials.js';
import { databaseInit, keystoneRegister, messagingInit } from './scripts.js';

/** A Job with the files and scripts that only it has. */
export interface PreparedJob {
  readonly job: Workload;
  readonly files: readonly ConfigFile[];
  readonly scripts: readonly Script[];
}

/** Makes databases and the user who owns them. */
export function databaseInitJob(chart: Chart, project: string, databases: readonly string[]): PreparedJob {
  const { secrets } = chart.cloud;
  const admin = secrets.user(sharedCredentials.databaseAdmin);
  const { username, password } = secrets.user(databaseUser(project));
  const secret = `${project}-db-admin`;
  const account = `'${sqlText(username)}'@'%'`;
  const files = [
    textFile(chart, { secret, path: '/etc/mysql-admin/admin.cnf' }, [
      '[client]',
      `host = ${internalHost(chart.cloud, hosts.database)}`,
      `user = ${admin.username}`,
      `password = "${admin.password}"`,
    ]),
    textFile(chart, { secret, path: '/etc/mysql-admin/init.sql' }, [
      ...databases.map((name) => `CREATE DATABASE IF NOT EXISTS \`${name}\` DEFAULT CHARACTER SET utf8mb3;`),
      `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '${sqlText(password)}';`,
      `ALTER USER ${account} IDENTIFIED BY '${sqlText(password)}';`,
      ...databases.map((name) => `GRANT ALL PRIVILEGES ON \`${name}\`.* TO ${account};`),
    ]),
  ];
  return prepared(chart, `${project}-db-init`, 'db-init', 'mariadb', {
    files,
    scripts: [script(chart, 'db-init.sh', databaseInit)],
    command: ['/opt/keelson/bin/db-init.sh'],
  });
}

/** Text inside the quotes of a SQL string. */
export function sqlText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}

/** Makes the project's virtual host and user in its RabbitMQ. */
export function messagingInitJob(chart: Chart, project: string): PreparedJob {
  const { secrets } = chart.cloud;
  const admin = secrets.user(sharedCredentials.messagingAdmin);
  const { username, password } = secrets.user(messagingUser(project));
  const base = brokerUrl(chart, messagingHost(chart.cloud, project));
  const retries = ['retry = 30', 'retry-delay = 5', 'retry-all-errors'];
  const put = (path: string, body: object): string[] => [
    ...brokerRequest(base, admin, ['PUT', path, body]),
    ...retries,
  ];
  const user = encodeURIComponent(username);
  const everything = { configure: '.*', write: '.*', read: '.*' };
  const requests = [
    ...put(`/vhosts/${project}`, {}),
    'next',
    ...put(`/users/${user}`, { password, tags: '' }),
    'next',
    ...put(`/permissions/${project}/${user}`, everything),
  ];
  return prepared(chart, `${project}-rabbit-init`, 'rabbit-init', 'rabbitmq', {
    files: [textFile(chart, { secret: `${project}-rabbit-admin`, path: '/etc/rabbitmq-admin/requests' }, requests)],
    scripts: [script(chart, 'rabbit-init.sh', messagingInit)],
    command: ['/opt/keelson/bin/rabbit-init.sh'],
  });
}

/** Where a broker is managed. */
export function brokerUrl(chart: Chart, host: string): string {
  return `http://${internalHost(chart.cloud, host)}:15672/api`;
}

/** One request of a curl configuration file. */
export function brokerRequest(
  base: string,
  { username, password }: Credential,
  [method, path, body]: readonly [method: string, path: string, body: object],
): string[] {
  return [
    `url = "${base}${path}"`,
    `request = "${method}"`,
    `user = "${curlText(`${username}:${password}`)}"`,
    'header = "Content-Type: application/json"',
    `data = "${curlText(JSON.stringify(body))}"`,
    'fail',
    'silent',
    'show-error',
    'connect-timeout = 10',
    'max-time = 60',
  ];
}

function curlText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

/** A user of keystone and what it may do where. */
export interface IdentityUser {
  readonly name: string;
  readonly password: string;
  readonly domain: string;
  readonly project?: string;
  readonly project_domain?: string;
  /** In a project, a domain, or the whole system. */
  readonly grants: readonly {
    readonly role: string;
    readonly domain?: string;
    readonly project?: string;
    readonly system?: true;
  }[];
}

export type RegisterAdmin = Required<Omit<IdentityUser, 'grants'>>;

export interface RegisterParts {
  /** Instead of the administrator in force. */
  readonly admin?: RegisterAdmin;
  /** Tried when `admin` is not let in. */
  readonly fallback_admin?: RegisterAdmin;
  /** Users that nobody is to log in as any more. */
  readonly retired?: readonly { readonly name: string; readonly domain: string }[];
  readonly domains?: readonly string[];
  /** Settings of domains, in keystone's own sections: `{ldap: {…}, identity: {driver: ldap}}`. */
  readonly domain_configs?: readonly { readonly domain: string; readonly config: unknown }[];
  readonly roles?: readonly string[];
  readonly projects?: readonly { readonly name: string; readonly domain: string }[];
  readonly users?: readonly IdentityUser[];
  readonly services?: readonly { readonly name: string; readonly type: string; readonly endpoints: object }[];
}

/** The project's own user, with the roles that services have. */
export function serviceIdentity(chart: Chart, project: string): IdentityUser {
  const { username, password } = chart.cloud.secrets.user(identityUser(project));
  const where = { domain: 'service', project: 'service' };
  return {
    name: username,
    password,
    domain: 'service',
    grants: [
      { role: 'admin', ...where },
      { role: 'service', ...where },
    ],
  };
}

/** Registers the project's user; `more` are roles, domains and users besides. It runs again when a password is rotated. */
export function identityUserJob(chart: Chart, project: string, more: RegisterParts = {}): PreparedJob {
  const users = [serviceIdentity(chart, project), ...(more.users ?? [])];
  return registerJob(chart, project, 'ks-user', { ...more, users });
}

export interface CatalogueEntry {
  readonly name: string;
  readonly type: string;
  readonly address: AddressName;
}

/** Registers services and their three endpoints each. */
export function catalogueJob(chart: Chart, project: string, entries: readonly CatalogueEntry[]): PreparedJob {
  const services = entries.map(({ name, type, address }) => ({ name, type, endpoints: endpointsOf(chart, address) }));
  return registerJob(chart, project, 'ks-endpoints', { services });
}

function endpointsOf(chart: Chart, name: AddressName): Record<'public' | 'internal' | 'admin', string> {
  const { path, publicName }: Address = addresses[name];
  const inside = `${internalUrl(chart.cloud, name)}${path}`;
  return { public: `https://${publicHost(chart.cloud, publicName)}${path}`, internal: inside, admin: inside };
}

/**
 * @param component `ks-user` or `ks-endpoints`; also the end of the Job's name
 * @param secret keeps its document; the script is then in a ConfigMap beside it. The project's when left out
 */
export function registerJob(
  chart: Chart,
  project: string,
  component: string,
  parts: RegisterParts,
  secret?: string,
): PreparedJob {
  const { secrets, spec } = chart.cloud;
  const admin = administrator(chart.cloud, secrets.user(sharedCredentials.keystoneAdmin));
  const path = `/etc/keystone-register/${component}.json`;
  const program = script(chart, 'keystone-register.py', keystoneRegister);
  const document = {
    url: internalUrl(chart.cloud, 'keystone'),
    ...trusting(chart.cloud, 'authority'),
    region: spec.region_name,
    admin,
    ...parts,
  };
  return prepared(chart, `${project}-${component}`, component, 'keystone', {
    files: [jsonFile(chart, { secret: secret ?? `${project}-keystone-register`, path }, document)],
    scripts: [secret === undefined ? program : { ...program, configMap: `${secret}-bin` }],
    command: ['python3', '/opt/keelson/bin/keystone-register.py', path],
  });
}

/** How keystone's administrator logs in. */
export function administrator({ spec }: Cloud, { username, password }: Credential): RegisterAdmin {
  const project = administratorProject(spec);
  return { name: username, password, domain: 'Default', project, project_domain: 'Default' };
}

export interface CommandJob {
  readonly name: string;
  readonly component: string;
  readonly image: string;
  readonly files: readonly ConfigFile[];
  readonly scripts?: readonly Script[];
  readonly command: readonly string[];
  readonly mounts?: readonly MountedVolume[];
}

/** A Job that runs one command with the service's own files, such as a schema's. */
export function commandJob(chart: Chart, { name, component, image, command, ...part }: CommandJob): Workload {
  return job(chart, {
    name,
    component,
    roles: ['controller'],
    ...part,
    containers: [{ name: component, image, command, weight: 'job' }],
  });
}

function prepared(
  chart: Chart,
  name: string,
  component: string,
  image: string,
  part: { files: readonly ConfigFile[]; scripts: readonly Script[]; command: readonly string[] },
): PreparedJob {
  const { files, scripts } = part;
  return { job: commandJob(chart, { name, component, image, ...part }), files, scripts };
}
