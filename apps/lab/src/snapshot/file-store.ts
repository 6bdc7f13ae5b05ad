import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotStore } from './snapshot.js';

/**
 * Documents as JSON files in a folder that only its owner can read: simulated disks carry tokens, as real ones do. A file
 * is replaced by renaming, so that a kill at any moment leaves the old or the new one.
 */
export function fileStore(folder: string): SnapshotStore {
  const fileOf = (name: string): string => join(folder, `${encodeURIComponent(name)}.json`);
  return {
    async load() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const names = (await readdir(folder)).filter((file) => file.endsWith('.json'));
      const documents = await Promise.all(names.map((file) => readFile(join(folder, file), 'utf8')));
      return Object.fromEntries(
        names.map((file, i) => [decodeURIComponent(file.slice(0, -5)), parsed(file, documents[i] ?? '')]),
      );
    },
    async save(name, document) {
      const path = fileOf(name);
      const file = await open(`${path}.new`, 'w', 0o600);
      try {
        await file.writeFile(JSON.stringify(document));
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
    },
    async remove(name) {
      await rm(fileOf(name), { force: true });
    },
  };
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file} of the lab's data folder is no JSON; move it away to begin anew without it`, { cause });
  }
}
