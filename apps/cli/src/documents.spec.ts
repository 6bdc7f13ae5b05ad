import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { layoutHere } from './embedded/layout.js';

const { root } = layoutHere();
/** Where links of the text are made from declarations, or where no text of ours is. */
const passedOver = new Set(['node_modules', 'dist', 'reference', 'src', 'recorded']);

/** Pages below a folder, as paths from the root. */
function pagesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return entry.name.endsWith('.md') ? [path] : [];
    return entry.isDirectory() && !entry.name.startsWith('.') && !passedOver.has(entry.name) ? pagesBelow(path) : [];
  });
}

/** Targets of relative links, and paths from the root that the text names, with what does not exist of them. */
function deadIn(page: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const links = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, to = '']) => to);
  const named = [...text.matchAll(/`((?:apps|bench|deploy|docs|e2e|examples|libs|scripts|tests|worlds)\/[\w./@-]+)`/g)];
  return [
    ...links.filter((to) => !existsSync(join(root, dirname(page), to))),
    ...named.flatMap(([, path = '']) => (existsSync(join(root, path)) || existsIn(dirname(page), path) ? [] : [path])),
  ];
}

const existsIn = (folder: string, path: string): boolean => existsSync(join(root, folder, path));

describe('what people read', () => {
  const pages = pagesBelow('.');

  it('is found', () => {
    expect(pages).toEqual(
      expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'apps/lab/README.md']),
    );
  });

  it.each(pages)('links to what is there, and names files that are there: %s', (page) => {
    expect(deadIn(page)).toEqual([]);
  });
});
