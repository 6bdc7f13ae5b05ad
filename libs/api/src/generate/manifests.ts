import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Manifest } from './files.js';

/** Folders whose manifests serve as examples, from the root of the repository. */
const sources = ['examples/first-cluster', 'deploy/releases'];

/** Longer manifests do not help on a reference page; the page then shows their beginning. */
const maxLines = 60;

/** Every manifest below the example folders, in the order of file names. */
export function readManifests(root: string): Manifest[] {
  return sources.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .flatMap((name) => manifestsOf(readFileSync(join(root, folder, name), 'utf8'), `${folder}/${name}`)),
  );
}

function manifestsOf(text: string, path: string): Manifest[] {
  return text.split(/^---$/m).flatMap((document) => {
    const object = load(document);
    if (!isObject(object)) return [];
    return [
      {
        apiVersion: String(object['apiVersion']),
        kind: String(object['kind']),
        text: shortened(document.trim(), path),
      },
    ];
  });
}

function shortened(document: string, path: string): string {
  const lines = document.split('\n');
  return lines.length <= maxLines ? document : `${lines.slice(0, maxLines).join('\n')}\n# … the rest is in ${path}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
