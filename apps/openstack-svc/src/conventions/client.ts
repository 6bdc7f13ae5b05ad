import type { Credential } from '../cloud/cloud.js';
import { trusting } from '../cloud/internal-tls.js';
import type { ConfigFile } from '../cloud/service.js';
import type { Chart } from '../render/chart.js';
import { type Script, script, yamlFile } from '../render/files.js';
import { internalUrl } from './addresses.js';
import { administratorProject, identityUser, sharedCredentials } from './credentials.js';
import { commandJob, type PreparedJob } from './jobs.js';

/** Who a client of the cloud logs in as, and under which name of clouds.yaml. */
interface CloudsEntry {
  readonly name: string;
  readonly user: Credential;
  readonly project: string;
  /** Of the user and of the project. */
  readonly domain: string;
}

/** clouds.yaml with one cloud, for what makes things in the cloud itself. */
export function cloudsFile(chart: Chart, secret: string, { name, user, project, domain }: CloudsEntry): ConfigFile {
  const { username, password } = user;
  const auth = {
    auth_url: `${internalUrl(chart.cloud, 'keystone')}/v3`,
    username,
    password,
    project_name: project,
    project_domain_name: domain,
    user_domain_name: domain,
  };
  const cloud = {
    auth,
    region_name: chart.cloud.spec.region_name,
    interface: 'internal',
    identity_api_version: 3,
    ...trusting(chart.cloud, 'cacert'),
  };
  return yamlFile(chart, { secret, path: '/etc/openstack/clouds.yaml' }, { clouds: { [name]: cloud } });
}

/** clouds.yaml of a project's own user, under the project's name. */
export function projectCloudsFile(chart: Chart, project: string): ConfigFile {
  const user = chart.cloud.secrets.user(identityUser(project));
  return cloudsFile(chart, `${project}-clouds`, { name: project, user, project: 'service', domain: 'service' });
}

export interface ClientJob {
  readonly name: string;
  readonly component: string;
  /** Lines of shell; each must find what it makes already there and be content. */
  readonly lines: readonly string[];
}

/** A Job of openstack client commands as the administrator. */
export function clientJob(chart: Chart, { name, component, lines }: ClientJob): PreparedJob {
  const user = chart.cloud.secrets.user(sharedCredentials.keystoneAdmin);
  const project = administratorProject(chart.cloud.spec);
  const clouds = cloudsFile(chart, `${name}-clouds`, { name: 'admin', user, project, domain: 'Default' });
  const commands: Script = script(
    chart,
    `${name}.sh`,
    `${['#!/bin/sh', 'set -eu', 'export OS_CLOUD=admin', ...lines].join('\n')}\n`,
  );
  const job = commandJob(chart, {
    name,
    component,
    image: 'openstackclient',
    files: [clouds],
    scripts: [commands],
    command: [commands.path],
  });
  return { job, files: [clouds], scripts: [commands] };
}

/** Text as one word of a shell. */
export function quoted(text: string | number): string {
  return `'${String(text).replaceAll("'", String.raw`'\''`)}'`;
}

/** Makes a thing unless one of its name is there. */
export function ensured(kind: string, name: string, ...options: readonly string[]): string {
  const known = `openstack ${kind} show ${quoted(name)} >/dev/null 2>&1`;
  return `${known} || openstack ${kind} create ${options.join(' ')} ${quoted(name)}`;
}
