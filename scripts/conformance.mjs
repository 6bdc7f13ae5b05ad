/**
 * Counts what the suites of the embedded Kubernetes API prove and writes the table of docs/embedded-api.md:
 * `node scripts/conformance.mjs` runs both lanes of libs/kube-server and tests/conformance (some minutes; kubectl binaries beside
 * that of the PATH are used, each with the whole list).
 * `node scripts/conformance.mjs <results.json>…` takes results that jest wrote with `--json --outputFile` instead.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/embedded-api.md');
const [begin, end] = ['<!-- counted by scripts/conformance.mjs -->', '<!-- end of what is counted -->'];

/** What each part of the suites is about, by the beginning of its path. The first that fits counts. */
const subjects = [
  [
    'tests/conformance/kubectl',
    'stock kubectl, every version on the machine; over HTTP/1.1, with older discovery, without OpenAPI v3',
  ],
  [
    'tests/conformance/wire',
    'raw requests, edge cases first, answered as a kube-apiserver 1.34 answers them: status, media type, warnings and body',
  ],
  [
    'tests/conformance/crds',
    'definitions to the shape of cert-manager, Rook, Prometheus operator, Metal3; definitions that are refused',
  ],
  ['tests/conformance/apply', 'server-side apply, merges and owners, as recorded from a kube-apiserver 1.34'],
  [
    'http/client-node.contract',
    '@kubernetes/client-node: typed calls, custom objects, watches, informers, patches, logs, tokens',
  ],
  ['http/serve.contract', 'HTTP/1.1 and HTTP/2: negotiation, errors, compression, streams, limits'],
  ['http/hostile', 'bad inputs for each parser, in-process and over HTTPS; nesting and size without end'],
  ['http', 'paths, bodies, negotiation'],
  ['storage', 'storage: memory and PostgreSQL, restart, take-over, kill and crash under load'],
  ['watch', 'watches: order, bookmarks, windows, slow readers'],
  ['webhooks', 'admission webhooks: order, reinvocation, failures, selectors, conditions, dry run, TLS'],
  ['policies', 'admission policies: bindings, parameters, variables, conditions, costs, the authorizer'],
  ['auth', 'tokens of service accounts, ID tokens of an OpenID Connect issuer'],
  ['rbac', 'RBAC: rules, aggregation, escalation, access reviews'],
  ['apply', 'server-side apply and field ownership'],
  ['patch', 'merge, strategic and JSON patches'],
  ['schema', 'structural schemas: prune, default, validate, ratchet'],
  ['cel', 'CEL rules and their libraries'],
  ['engine', 'definitions, garbage collection, namespaces, events, evictions, workload kinds as data'],
  ['registry', 'create, update, delete, lists and pages'],
  ['selector', 'label and field selectors'],
  ['jsonpath', 'JSON paths of columns, against a plain evaluator'],
  ['protobuf', 'bodies in protobuf'],
  ['discovery', 'discovery, aggregated and plain, with ETags'],
  ['openapi', 'OpenAPI v2 and v3'],
  ['table', 'tables'],
];

function run(lane, directory) {
  const file = join(directory, `${lane}.json`);
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const wanted = ['libs/kube-server', 'tests/conformance', '--json', `--outputFile=${file}`];
  spawnSync(process.execPath, [jest, ...wanted], {
    cwd: root,
    env: { ...process.env, KEELSON_LANE: lane },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return file;
}

function resultsOf(files) {
  return files.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).testResults);
}

/** Path of a suite: from libs/kube-server/src on, or from the root. */
const placeOf = ({ name }) => relative(root, name).replace(/^.*libs\/kube-server\/src\//, '');

/** Suites of tests/conformance are named by their folder. */
function namesOf(suites) {
  const named = suites.map((name) => (name.startsWith('tests/') ? name.slice(0, name.lastIndexOf('/') + 1) : name));
  return [...new Set(named)].sort().map((name) => `\`${name}\``);
}

function tableOf(results) {
  const counts = new Map(subjects.map(([prefix]) => [prefix, { passed: 0, failed: 0, skipped: 0, suites: new Set() }]));
  for (const suite of results) {
    const place = placeOf(suite);
    const [prefix] = subjects.find(([start]) => place.startsWith(start)) ?? [];
    if (prefix === undefined) throw new Error(`no subject covers ${place}: add one to scripts/conformance.mjs`);
    const count = counts.get(prefix);
    count.suites.add(place);
    for (const { status } of suite.assertionResults) {
      if (status === 'passed') count.passed += 1;
      else if (status === 'failed') count.failed += 1;
      else count.skipped += 1;
    }
  }
  const rows = subjects.flatMap(([prefix, what]) => {
    const { passed, failed, skipped, suites } = counts.get(prefix);
    const names = namesOf([...suites]);
    return suites.size === 0 ? [] : [`| ${what} | ${names.join(', ')} | ${passed} | ${failed} | ${skipped} |`];
  });
  const all = [...counts.values()];
  const sum = (member) => all.reduce((total, count) => total + count[member], 0);
  return [
    '| what | suites, in `libs/kube-server/src` unless named from the root | passed | failed | skipped |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    `| all | | ${sum('passed')} | ${sum('failed')} | ${sum('skipped')} |`,
  ].join('\n');
}

const directory = mkdtempSync(join(tmpdir(), 'keelson-conformance-'));
try {
  const given = process.argv.slice(2);
  const files = given.length > 0 ? given : ['unit', 'contract'].map((lane) => run(lane, directory));
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`docs/embedded-api.md has no place between ${begin} and ${end}`);
  const filled = `${before}${begin}\n\n${tableOf(resultsOf(files))}\n\n${end}${after}`;
  writeFileSync(page, filled);
  spawnSync(process.execPath, [join(root, 'node_modules/oxfmt/bin/oxfmt'), page], { cwd: root, stdio: 'inherit' });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
