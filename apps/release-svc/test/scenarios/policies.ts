import { readFileSync } from 'node:fs';
import type { KubeObject } from '@keelson/api';
import { loadAll } from 'js-yaml';

/** The policies of an installation, from the folder they are deployed from. */
export function policies(name: 'license' | 'maintenance' | 'releases'): readonly KubeObject[] {
  const path = new URL(`../../../../deploy/policies/${name}.yaml`, import.meta.url);
  return loadAll(readFileSync(path, 'utf8')) as KubeObject[];
}
