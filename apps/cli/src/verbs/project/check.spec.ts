import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { layoutHere } from '../../embedded/layout.js';

const { root } = layoutHere();

/** Lints texts as if they were files, with the repository's own configuration, in a process of its own: ESLint and Nx do not run inside Jest's modules. */
const lint = `
import { ESLint } from 'eslint';
const eslint = new ESLint({ cwd: process.cwd() });
const verdicts = [];
for (const { path, text } of JSON.parse(process.argv[1])) {
  const [result] = await eslint.lintText(text, { filePath: path });
  verdicts.push(result.messages.map((message) => message.ruleId));
}
process.stdout.write(JSON.stringify(verdicts));
`;

const rule = '@nx/enforce-module-boundaries';

/** Where the file stands, what it imports, and the rule that refuses it. */
const imports: readonly (readonly [from: string, imported: string, refusedBy: string | undefined])[] = [
  ['libs/service/src/a.ts', '@keelson/std', undefined],
  ['apps/lab/src/a.ts', '@keelson/kube-server', undefined],
  ['worlds/devhost/src/a.ts', '@keelson/lifecycle-svc', undefined],
  ['libs/std/src/a.ts', '@keelson/service', rule],
  ['libs/api/src/a.ts', '@keelson/kube', rule],
  ['libs/kube-server/src/a.ts', '@keelson/api', rule],
  ['libs/clients/redfish/src/a.ts', '@keelson/api', rule],
  ['libs/agent/src/a.ts', '@keelson/bus', rule],
  ['libs/reconcile/src/a.ts', '@keelson/service', rule],
  ['apps/baremetal-svc/src/a.ts', '@keelson/lifecycle-svc', rule],
  ['apps/lifecycle-svc/src/a.ts', '@keelson/lab', rule],
  ['libs/api/src/b.ts', '../../std/src/index.js', rule],
];

function run(args: readonly string[]): string {
  const env = { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NODE_OPTIONS: '' };
  const result = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env, timeout: 60_000 });
  if (result.status !== 0) throw new Error(`${args[0]} failed: ${result.stderr}`);
  return result.stdout;
}

describe('the lint of import directions', () => {
  let verdicts: readonly (readonly (string | null)[])[] = [];

  beforeAll(() => {
    // The rule reads Nx's cached graph of projects and passes everything while there is none.
    run(['node_modules/nx/dist/bin/nx.js', 'show', 'projects']);
    const files = imports.map(([path, imported]) => ({ path, text: `export { x } from '${imported}';\n` }));
    verdicts = JSON.parse(run(['--input-type=module', '--eval', lint, JSON.stringify(files)]));
  }, 60_000);

  it.each(imports.map(([from, imported, refusedBy], i) => ({ from, imported, refusedBy, i })))(
    '$from importing $imported: $refusedBy',
    ({ refusedBy, i }) => {
      expect(verdicts[i]).toEqual(refusedBy === undefined ? [] : [refusedBy]);
    },
  );
});
