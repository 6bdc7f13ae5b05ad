import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { KubernetesPrograms } from '@keelson/testing/kube-apiserver';

/** Finds the reference servers as `build.mjs` does. */
export function findBinaries(): KubernetesPrograms | undefined {
  const found = spawnSync(process.execPath, [join(import.meta.dirname, 'build.mjs'), '--find'], { encoding: 'utf8' });
  return found.status === 0 ? (JSON.parse(found.stdout) as KubernetesPrograms) : undefined;
}
