import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folders, generatedFiles, mark } from './files.js';
import { readManifests } from './manifests.js';

/** `node libs/api/dist/generate/main.js [target]`: writes CRDs and reference pages below target, the repository unless given. */

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const target = process.argv[2] ?? repository;
const files = generatedFiles(readManifests(repository));

for (const path of leftovers()) rmSync(join(target, path));
for (const [path, text] of files) {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  writeFileSync(join(target, path), text);
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
