import type { KubeObject } from '@keelson/api';
import type { ConfigFile, RenderedService } from '../cloud/service.js';
import type { Chart } from '../render/chart.js';
import type { Script } from '../render/files.js';
import type { Workload } from '../render/kubernetes.js';
import { type AddressName, addresses } from './addresses.js';
import { api, type Api, type ApiPart } from './api/api.js';
import { assemble } from './assemble.js';
import {
  type CatalogueEntry,
  catalogueJob,
  commandJob,
  databaseInitJob,
  identityUserJob,
  messagingInitJob,
  type PreparedJob,
  type RegisterParts,
} from './jobs.js';
import { uwsgiCommand } from './api/uwsgi.js';

export interface ProjectParts {
  readonly project: string;
  /** Databases it owns; none for a project that keeps nothing. */
  readonly databases: readonly string[];
  readonly usesMessaging: boolean;
  readonly catalogue: readonly CatalogueEntry[];
  /** Roles, domains and users beside the project's own. */
  readonly identity?: RegisterParts;
  readonly files: readonly ConfigFile[];
  readonly scripts?: readonly Script[];
  readonly front: readonly KubeObject[];
  readonly schema: readonly Workload[];
  readonly workloads: readonly Workload[];
  /** Jobs that need the service itself to be there. */
  readonly bootstrap?: readonly PreparedJob[];
  readonly onDemand?: readonly KubeObject[];
}

/** What the API of most projects reads: the project's file, and how uWSGI serves it. */
export interface ApiFiles {
  readonly service: ConfigFile;
  readonly uwsgi: ConfigFile;
}

/** The usual API of a project: under uWSGI, in the project's image, at its address. `more` is what it has besides. */
export function projectApi(
  chart: Chart,
  project: AddressName,
  { service, uwsgi }: ApiFiles,
  more: Partial<Pick<ApiPart, 'files' | 'mounts' | 'alivePath' | 'fsGroup'>> = {},
): Api {
  const command = uwsgiCommand(uwsgi.path);
  const files = [service, uwsgi, ...(more.files ?? [])];
  return api(chart, { component: 'api', image: project, address: addresses[project], command, ...more, files });
}

/** The usual Job that makes or moves a project's schema: one program, which is told of the project's file. */
export function schemaJob(
  chart: Chart,
  project: string,
  service: ConfigFile,
  [program, ...verb]: readonly [program: string, ...verb: string[]],
): Workload {
  return commandJob(chart, {
    name: `${project}-db-sync`,
    component: 'db-sync',
    image: project,
    files: [service],
    command: [program, '--config-file', service.path, ...verb],
  });
}

/** The usual anatomy of a project: accounts, schema, daemons and API, catalogue, bootstrap. */
export function projectService(chart: Chart, parts: ProjectParts): RenderedService {
  const { project, databases, usesMessaging, catalogue, identity, schema, workloads, bootstrap = [] } = parts;
  const accounts = [
    ...(databases.length === 0 ? [] : [databaseInitJob(chart, project, databases)]),
    ...(usesMessaging ? [messagingInitJob(chart, project)] : []),
    identityUserJob(chart, project, identity),
  ];
  const entries = catalogue.length === 0 ? [] : [catalogueJob(chart, project, catalogue)];
  return assemble(chart, {
    files: parts.files,
    scripts: parts.scripts ?? [],
    front: parts.front,
    jobs: [...accounts, ...entries, ...bootstrap],
    stages: [
      ['accounts', 'complete', accounts.map(({ job }) => job)],
      ['schema', 'complete', schema],
      ['workloads', 'ready', workloads],
      ['catalogue', 'complete', entries.map(({ job }) => job)],
      ['bootstrap', 'complete', bootstrap.map(({ job }) => job)],
    ],
    onDemand: parts.onDemand ?? [],
  });
}
