import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@keelson/std';
import { loadAll } from 'js-yaml';

/**
 * The CustomResourceDefinitions in the YAML files of a folder.
 *
 * @throws Error naming the file that cannot be read
 */
export async function definitionsIn(folder: string): Promise<readonly unknown[]> {
  const files = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  const documents = await Promise.all(files.map((name) => documentsOf(join(folder, name))));
  return documents.flat();
}

async function documentsOf(path: string): Promise<readonly unknown[]> {
  try {
    return loadAll(await readFile(path, 'utf8')).filter((document) => document !== undefined && document !== null);
  } catch (cause) {
    throw new Error(`${path} cannot be read as YAML: ${messageOf(cause)}`, { cause });
  }
}
