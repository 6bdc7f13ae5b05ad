import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { terminal } from '@keelson/std';
import { layoutHere } from '../../embedded/layout.js';
import type { Verb } from '../verb.js';

/** Programs that write generated files below the folder given as their argument. */
const generators = [
  'libs/api/dist/generate/main.js',
  'libs/contracts/dist/generate/main.js',
  'worlds/devhost/dist/generate.js',
];

/** Folders that hold generated files and nothing else; of what was recorded, only the version in hand is written anew. */
const generatedFolders = ['deploy/crds', 'deploy/rbac', 'deploy/services', 'docs/reference', 'libs/contracts/recorded'];

export const generate: Verb = {
  name: 'generate',
  summary: 'write CRDs, RBAC, Deployments, reference pages, diagrams, the subject catalogue and the recorded contracts',
  usage: ['--check               write nothing; exit 1 and name the files that differ'],
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { check: { type: 'boolean' } }, strict: true });
    const { root } = layoutHere();
    if (values.check !== true) {
      runGenerators(root, root);
      process.stdout.write(`wrote ${generatedFolders.join(', ')}\n`);
      return 0;
    }
    const differing = differences(root);
    for (const file of differing) process.stderr.write(`keelson: ${file} differs from its declaration\n`);
    if (differing.length > 0) process.stderr.write('Run ./keelson generate and commit the result.\n');
    return differing.length === 0 ? 0 : 1;
  },
};

function runGenerators(root: string, target: string): void {
  for (const generator of generators) {
    const result = spawnSync(process.execPath, [join(root, generator), target], { cwd: root, encoding: 'utf8' });
    if (result.status !== 0) throw terminal(`${generator} failed:\n${result.stdout}${result.stderr}`);
  }
}

function differences(root: string): string[] {
  const fresh = mkdtempSync(join(tmpdir(), 'keelson-generate-'));
  try {
    for (const folder of generatedFolders) cpSync(join(root, folder), join(fresh, folder), { recursive: true });
    runGenerators(root, fresh);
    const names = new Set(
      generatedFolders.flatMap((folder) => [...filesBelow(fresh, folder), ...filesBelow(root, folder)]),
    );
    return [...names].sort().filter((name) => textOf(join(root, name)) !== textOf(join(fresh, name)));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function filesBelow(base: string, folder: string): string[] {
  return readdirSync(join(base, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(base, join(entry.parentPath, entry.name)));
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
