import { spawn } from 'node:child_process';
import { systemClock } from '@keelson/std';
import { layoutHere } from '../../embedded/layout.js';
import { green, red, spanText } from '../../screen/style.js';
import type { Verb } from '../verb.js';

interface Check {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
}

const node = process.execPath;
const bin = (path: string): string => `node_modules/${path}`;

/** First of all: the tests are checked against the declarations that this emits. */
const types: Check = { title: 'types', command: node, args: [bin('typescript7/bin/tsc'), '-b'] };

/** Independent of each other; those in one list run in order, since a later one reads what an earlier one leaves. */
const checks: readonly (readonly Check[])[] = [
  [
    { title: 'project graph', command: node, args: [bin('nx/dist/bin/nx.js'), 'show', 'projects'] },
    {
      title: 'import directions, clocks and chance',
      command: node,
      // A fifth of its time went into collecting a small young generation.
      args: ['--max-semi-space-size=64', bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0'],
    },
  ],
  [{ title: 'format', command: node, args: [bin('oxfmt/bin/oxfmt'), '--check'] }],
  [
    {
      title: 'types of tests',
      command: node,
      args: [bin('typescript7/bin/tsc'), '-p', 'tsconfig.spec.json', '--noEmit'],
    },
  ],
  [
    {
      title: 'lint with types',
      command: node,
      args: [
        bin('oxlint/bin/oxlint'),
        '--type-aware',
        '--deny-warnings',
        '--deny=typescript/no-explicit-any',
        'libs',
        'apps',
        'worlds',
        'e2e',
        'bench',
        'tests',
      ],
    },
  ],
  [{ title: 'generated files', command: './keelson', args: ['generate', '--check'] }],
];

/** Each check is a process that keeps about one core busy. */
const atOnce = 2;

export const check: Verb = {
  name: 'check',
  summary: 'types, import directions, lint, format and generated files',
  usage: [],
  async run() {
    const { root } = layoutHere();
    const waiting = [...checks];
    const results = [await runCheck(types, root)];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        for (const what of next) results.push(await runCheck(what, root));
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return results.every(Boolean) ? 0 : 1;
  },
};

async function runCheck(what: Check, root: string): Promise<boolean> {
  const begun = systemClock.now();
  const { code, output } = await outputOf(what, root);
  const fine = code === 0;
  process.stdout.write(`${fine ? green('✓') : red('✗')} ${what.title} (${spanText(systemClock.now() - begun)})\n`);
  if (!fine) process.stdout.write(`${output}\n`);
  return fine;
}

function outputOf({ command, args }: Check, root: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' };
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
