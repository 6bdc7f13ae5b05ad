import type { ConfigFile } from '../cloud/service.js';
import type { Chart } from '../render/chart.js';
import { type Script, script, yamlFile } from '../render/files.js';
import { internalUrl } from './addresses.js';
import { sharedCredentials } from './credentials.js';
import { commandJob, type PreparedJob } from './jobs.js';

/** clouds.yaml of the administrator, for Jobs that make things in the cloud itself. */
function adminCloudsFile(chart: Chart, secret: string): ConfigFile {
  const { secrets, spec } = chart.cloud;
  const { username, password } = secrets.user(sharedCredentials.keystoneAdmin);
  return yamlFile(
    chart,
    { secret, path: '/etc/openstack/clouds.yaml' },
    {
      clouds: {
        admin: {
          auth: {
            auth_url: `${internalUrl(chart.cloud, 'keystone')}/v3`,
            username,
            password,
            project_name: 'admin',
            project_domain_name: 'Default',
            user_domain_name: 'Default',
          },
          region_name: spec.region_name,
          interface: 'internal',
          identity_api_version: 3,
        },
      },
    },
  );
}

export interface ClientJob {
  readonly name: string;
  readonly component: string;
  /** Lines of shell; each must find what it makes already there and be content. */
  readonly lines: readonly string[];
}

/** A Job of openstack client commands as the administrator. */
export function clientJob(chart: Chart, { name, component, lines }: ClientJob): PreparedJob {
  const clouds = adminCloudsFile(chart, `${name}-clouds`);
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
