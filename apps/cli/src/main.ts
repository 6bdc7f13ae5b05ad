import { isFailure, messageOf } from '@keelson/std';
import { bold, red, table } from './screen/style.js';
import { bench } from './verbs/project/bench.js';
import { check } from './verbs/project/check.js';
import { down } from './verbs/installation/down.js';
import { generate } from './verbs/project/generate.js';
import { history } from './verbs/questions/history.js';
import { plan } from './verbs/questions/plan.js';
import { rehearse } from './verbs/questions/rehearse.js';
import { render } from './verbs/project/render.js';
import { simulate } from './verbs/project/simulate.js';
import { status } from './verbs/installation/status.js';
import { test } from './verbs/project/test.js';
import { up } from './verbs/installation/up.js';
import { UsageError, type Verb } from './verbs/verb.js';
import { versions } from './verbs/installation/versions.js';
import { why } from './verbs/questions/why.js';

const verbs: readonly Verb[] = [
  up,
  down,
  status,
  plan,
  why,
  versions,
  history,
  rehearse,
  test,
  check,
  generate,
  bench,
  simulate,
  render,
];

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(`${overview()}\n`);
    return 0;
  }
  const verb = verbs.find((candidate) => candidate.name === name);
  if (verb === undefined) {
    process.stderr.write(
      `keelson: there is no verb "${name}". Verbs: ${verbs.map((known) => known.name).join(', ')}\n`,
    );
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(
      `${[`keelson ${verb.name}: ${verb.summary}`, ...verb.usage.map((line) => `  ${line}`)].join('\n')}\n`,
    );
    return 0;
  }
  return verb.run(rest).catch((error: unknown) => complain(verb, error));
}

function complain(verb: Verb, error: unknown): number {
  const isUsage =
    error instanceof UsageError ||
    (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  process.stderr.write(`${red('keelson')}: ${messageOf(error)}\n`);
  if (isUsage) process.stderr.write(`See ./keelson ${verb.name} --help\n`);
  else if (!isFailure(error) && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return isUsage ? 2 : 1;
}

function overview(): string {
  return [
    `${bold('keelson')}: private clouds from bare metal up, declared in Kubernetes resources`,
    '',
    table(verbs.map((verb) => [`  ./keelson ${verb.name}`, verb.summary])),
    '',
    'Each verb explains itself with --help.',
  ].join('\n');
}
