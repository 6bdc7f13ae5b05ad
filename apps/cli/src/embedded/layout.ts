import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where everything of a single-machine installation lies. */
export interface Layout {
  /** The checkout. */
  readonly root: string;
  /** Data, secrets, logs: `.keelson` below the checkout, or `$KEELSON_HOME`. */
  readonly home: string;
  readonly run: string;
  readonly logs: string;
  readonly secrets: string;
  readonly tools: string;
  /** Versions of the programs beside that of the checkout, a folder each. */
  readonly versions: string;
  readonly kubeconfig: string;
  readonly stateFile: string;
}

/** The layout of this checkout. */
export function layoutHere(environment: NodeJS.ProcessEnv = process.env): Layout {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');
  const home = environment.KEELSON_HOME ?? join(root, '.keelson');
  return {
    root,
    home,
    run: join(home, 'run'),
    logs: join(home, 'logs'),
    secrets: join(home, 'secrets'),
    tools: join(home, 'tools'),
    versions: join(home, 'versions'),
    kubeconfig: join(home, 'kubeconfig'),
    stateFile: join(home, 'run', 'state.json'),
  };
}

/**
 * Where PostgreSQL lives: below the home, or, when an unprivileged user could not get there (a checkout in root's own
 * home), in a folder of the system's. PostgreSQL refuses to run as root, so its files must be reachable for another user.
 */
export function postgresHome(layout: Layout): string {
  if (process.getuid?.() !== 0 || reachableForOthers(layout.home)) return join(layout.home, 'postgres');
  const id = createHash('sha256').update(layout.home).digest('hex').slice(0, 12);
  return join('/var/lib/keelson', id);
}

/** Whether users without privileges may walk down to `path`. */
export function reachableForOthers(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** Names the sources that the compiled programs are made of: the stamp that scripts/bootstrap.mjs leaves. */
export function buildHere(layout: Layout): string {
  const stamp = join(layout.root, 'node_modules', '.keelson', 'compiled');
  return existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
}
