import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Programs of the reference: the first two are needed, the third makes namespaces and garbage go. */
export interface Binaries {
  readonly apiserver: string;
  readonly etcd: string;
  readonly controllerManager?: string;
}

/** Finds the reference servers as `build.mjs` does. */
export function findBinaries(): Binaries | undefined {
  const found = spawnSync(process.execPath, [join(import.meta.dirname, 'build.mjs'), '--find'], { encoding: 'utf8' });
  return found.status === 0 ? (JSON.parse(found.stdout) as Binaries) : undefined;
}
