import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { terminal } from '@keelson/std';
import { layoutHere } from '../../embedded/layout.js';
import { table } from '../../screen/style.js';
import { UsageError, type Verb } from '../verb.js';

/** Files of bench/ that are no benches but what these share. */
const parts = [
  'fleet',
  'histograms',
  'processes',
  'report',
  'stand',
  'update-cloud',
  'update-foretold',
  'update-run',
  'openstack-apply',
  'openstack-cloud',
  'openstack-drain',
  'openstack-rest',
];

export const bench: Verb = {
  name: 'bench',
  summary: 'measure one thing: wall seconds, CPU seconds, memory, writes per host',
  usage: [
    '<name>                see bench/README.md',
    '--servers N           how many simulated servers, for benches that take it',
    '--json                one JSON object',
  ],
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { servers: { type: 'string' }, json: { type: 'boolean' } },
      allowPositionals: true,
      strict: true,
    });
    const folder = join(layoutHere().root, 'bench', 'dist');
    const known = benches(folder);
    const name = positionals[0];
    if (name === undefined || !known.includes(name))
      throw new UsageError(`bench takes one of ${known.join(', ')}${name === undefined ? '' : `, was ${name}`}`);
    const output = await outputOf(
      join(folder, `${name}.js`),
      values.servers === undefined ? [] : ['--servers', values.servers],
    );
    const figures = figuresOf(output, name);
    process.stdout.write(values.json === true ? `${JSON.stringify(figures)}\n` : `${figuresText(figures)}\n`);
    return 0;
  },
};

function benches(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -3))
    .filter((name) => !parts.includes(name) && !name.includes('.'))
    .sort();
}

/** Standard output of a program; standard error goes to the person. */
function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    // The bench has an installation to remove before it ends; a terminal's Ctrl-C reaches it by itself.
    process.once('SIGTERM', () => child.kill('SIGTERM'));
    process.once('SIGINT', () => undefined);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0
        ? resolve(Buffer.concat(chunks).toString('utf8'))
        : reject(terminal(`the bench failed with exit code ${code}`)),
    );
  });
}

function figuresOf(output: string, name: string): Record<string, unknown> {
  const figures: unknown = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  if (typeof figures !== 'object' || figures === null || Array.isArray(figures))
    throw terminal(`bench ${name} printed no JSON object`);
  return { ...figures };
}

/** A line for each figure; members of members by their path. */
export function figuresText(figures: Readonly<Record<string, unknown>>): string {
  return table(rowsOf('', figures));
}

function rowsOf(path: string, value: unknown): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [[path, Array.isArray(value) ? value.join(' ') : String(value)]];
  return Object.entries(value).flatMap(([name, member]) => rowsOf(path === '' ? name : `${path}.${name}`, member));
}
