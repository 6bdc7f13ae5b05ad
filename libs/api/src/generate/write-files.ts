import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export interface Generated {
  /** Path below the target to text. */
  readonly files: ReadonlyMap<string, string>;
  /** Folders that the generator writes to. */
  readonly folders: readonly string[];
  /** In the first line of each of its files. */
  readonly mark: string;
}

/** Writes what was generated below a folder, and removes what an earlier run of the same generator has left there. */
export function writeGenerated(target: string, generated: Generated): void {
  for (const path of leftoversIn(target, generated)) rmSync(join(target, path));
  for (const [path, text] of generated.files) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), text);
  }
}

function leftoversIn(target: string, { files, folders, mark }: Generated): readonly string[] {
  return folders
    .filter((folder) => existsSync(join(target, folder)))
    .flatMap((folder) => readdirSync(join(target, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(target, join(entry.parentPath, entry.name)))
    .filter((path) => !files.has(path) && readFileSync(join(target, path), 'utf8').slice(0, 200).includes(mark));
}
