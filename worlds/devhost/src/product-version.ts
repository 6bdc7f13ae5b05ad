import { readFileSync } from 'node:fs';

/** The version of every service of this tree, from the root's package.json: one release, one version. */
export function productVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return version;
}
