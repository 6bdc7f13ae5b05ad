import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folders, generatedFiles, mark } from './generated-files.js';
import { services } from './services.js';

/** `node worlds/devhost/dist/generate.js [target]`: writes RBAC and reconciler pages below target, the repository unless given. */

const target = process.argv[2] ?? fileURLToPath(new URL('../../../', import.meta.url));
const files = generatedFiles(services, versionOf);

for (const path of leftovers()) rmSync(join(target, path));
for (const [path, text] of files) {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  writeFileSync(join(target, path), text);
}

/** The version in the service's own package.json: each can be versioned alone. */
function versionOf(service: string): string {
  const file = new URL(`../../../apps/${service}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return version;
}

/** Files of an earlier run that are no longer generated. */
function leftovers(): string[] {
  return folders
    .filter((folder) => existsSync(join(target, folder)))
    .flatMap((folder) => readdirSync(join(target, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(target, join(entry.parentPath, entry.name)))
    .filter((path) => !files.has(path) && readFileSync(join(target, path), 'utf8').slice(0, 200).includes(mark));
}
