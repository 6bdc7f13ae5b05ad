import type { KubeObject } from '@keelson/api';
import type { ConfigFile, RenderedService } from '../cloud/service.js';
import type { Chart } from '../render/chart.js';
import type { Script } from '../render/files.js';
import type { Workload } from '../render/kubernetes.js';
import { assemble } from './assemble.js';
import {
  type CatalogueEntry,
  catalogueJob,
  databaseInitJob,
  identityUserJob,
  messagingInitJob,
  type PreparedJob,
  type RegisterParts,
} from './jobs.js';

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
  readonly onDemand?: readonly Workload[];
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
