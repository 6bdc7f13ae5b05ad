import { spawnSync } from 'node:child_process';
import { systemClock } from '@keelson/std';
import { layoutHere } from '../embedded/layout.js';
import { green, red, spanText } from '../screen/style.js';
import type { Verb } from './verb.js';

interface Check {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
}

const node = process.execPath;
const bin = (path: string): string => `node_modules/${path}`;

const checks: readonly Check[] = [
  { title: 'types', command: node, args: [bin('typescript/bin/tsc'), '-b'] },
  { title: 'types of tests', command: node, args: [bin('typescript/bin/tsc'), '-p', 'tsconfig.spec.json', '--noEmit'] },
  { title: 'project graph', command: node, args: [bin('nx/dist/bin/nx.js'), 'show', 'projects'] },
  {
    title: 'import directions, clocks and chance',
    command: node,
    args: [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0'],
  },
  {
    title: 'lint with types',
    command: node,
    args: [bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings', 'libs', 'apps', 'worlds', 'e2e', 'bench'],
  },
  { title: 'format', command: node, args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'] },
];

export const check: Verb = {
  name: 'check',
  summary: 'types, import directions, lint, format and generated files',
  usage: [],
  async run() {
    const { root } = layoutHere();
    const generated: Check = { title: 'generated files', command: `${root}/keelson`, args: ['generate', '--check'] };
    const results = [...checks, generated].map((what) => runCheck(what, root));
    return results.every(Boolean) ? 0 : 1;
  },
};

function runCheck(what: Check, root: string): boolean {
  const begun = systemClock.now();
  const result = spawnSync(what.command, what.args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
  });
  const fine = result.status === 0;
  process.stdout.write(`${fine ? green('✓') : red('✗')} ${what.title} (${spanText(systemClock.now() - begun)})\n`);
  if (!fine) process.stdout.write(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}\n`);
  return fine;
}
