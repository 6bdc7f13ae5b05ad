import type { ChildApi } from '../clusters/child-api.js';
import type { ProcessRow } from './cluster-facts.js';
import { filesIn, optionIn } from './rendered-files.js';

/** A row of cinder's or manila's services. */
export interface StorageService extends Pick<ProcessRow, 'up' | 'updatedAt'> {
  readonly binary: string;
  /** `host@backend` of a process that serves back ends. */
  readonly host: string;
}

/** How a project's file lists back ends. */
const storages = {
  cinder: { file: 'cinder.conf', list: 'enabled_backends', served: /^(volume|scheduler|backup)/u },
  manila: { file: 'manila.conf', list: 'enabled_share_backends', served: /^(share|scheduler)/u },
} as const;
export type Storage = keyof typeof storages;

export function isStorage(project: string): project is Storage {
  return project in storages;
}

/** What reports itself to a project: each back end of a process's file by itself, under the host that the file gives it. */
export async function storageServices(
  api: Pick<ChildApi, 'get'>,
  project: Storage,
  rows: readonly ProcessRow[],
): Promise<readonly StorageService[]> {
  const { file, list, served } = storages[project];
  const services = new Map<string, StorageService>();
  for (const row of rows.filter(({ component }) => served.test(component))) {
    const binary = `${project}-${row.component.split('-')[0] ?? row.component}`;
    const text = (await filesIn(api, row.secrets)).get(file) ?? '';
    for (const host of hostsOf(row, text, list)) {
      const known = services.get(`${binary}/${host}`);
      // All pods that serve one back end report it as one.
      if (known === undefined || (row.up && !known.up))
        services.set(`${binary}/${host}`, { binary, host, up: row.up, updatedAt: row.updatedAt });
    }
  }
  return [...services.values()];
}

function hostsOf({ host }: ProcessRow, file: string, list: string): readonly string[] {
  const sections = (optionIn(file, 'DEFAULT', list) ?? '').split(',').filter((section) => section !== '');
  const own = optionIn(file, 'DEFAULT', 'host') ?? host;
  if (sections.length === 0) return [host];
  return sections.map((section) => `${optionIn(file, section, 'backend_host') ?? own}@${section}`);
}
