import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '@keelson/std';
import { layoutHere } from '../../embedded/layout.js';
import { ensureNatsServer } from '../../embedded/nats-server.js';
import { bold, dim, green, red, spanText, yellow } from '../../screen/style.js';
import { failuresText, type JestResult, nothing, sum, type Tally, tallyOf } from './test-report.js';
import { UsageError, type Verb } from '../verb.js';

interface Lane {
  readonly name: string;
  readonly summary: string;
  /**
   * What the machine lacks for it; undefined when it can run.
   *
   * @param isAsked whether somebody asked for just this lane, who will wait for what it needs
   */
  lacks(isAsked: boolean): string | undefined;
  /** What runs it in place of Jest; it leaves a result in Jest's form in the file that its first argument names. */
  readonly program?: string;
  /** Set where real time means nothing: it runs beside the others, at the lowest priority, with the cores that they leave idle. */
  readonly isTimeless?: boolean;
}

const lanes: readonly Lane[] = [
  { name: 'unit', summary: 'pure functions, tables, single modules', lacks: () => undefined },
  { name: 'contract', summary: 'each port: the real thing and its twin pass one suite', lacks: lackOfServers },
  { name: 'scenario', summary: 'the real loop on a hermetic cluster, faults included', lacks: () => undefined },
  {
    name: 'simulate',
    summary: 'the whole platform under virtual time, many seeds',
    lacks: () => undefined,
    isTimeless: true,
  },
  {
    name: 'e2e',
    summary: "the README's own steps with stock kubectl, kill -9 included",
    lacks: () => lackOfServers() ?? lackOfKubectl(),
  },
  {
    name: 'real-kube-apiserver',
    summary: 'the embedded API and a real kube-apiserver answer the same requests alike',
    lacks: lackOfReference,
  },
  {
    name: 'real-openstack',
    summary: "the real OpenStack of Debian's packages, run with what openstack-svc renders",
    lacks: lackOfMachine,
    program: 'e2e/real-openstack/dist/main.js',
  },
  {
    name: 'real-ovn',
    summary: "real members of OVN's databases, run as openstack-svc renders them and kept by its keeper",
    lacks: lackOfOvn,
    program: 'e2e/real-openstack/dist/ovn/main.js',
  },
];

export const test: Verb = {
  name: 'test',
  summary: 'run the tests: everything that fits this machine, or one lane',
  usage: [
    `--lane NAME           one of ${lanes.map((lane) => lane.name).join(', ')}`,
    '[pattern …]           only test files whose path matches',
  ],
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { lane: { type: 'string' } },
      allowPositionals: true,
      strict: true,
    });
    const chosen = values.lane === undefined ? lanes : lanes.filter((lane) => lane.name === values.lane);
    if (chosen.length === 0)
      throw new UsageError(`--lane takes one of ${lanes.map((lane) => lane.name).join(', ')}, was ${values.lane}`);
    const run = { patterns: positionals, isAsked: values.lane !== undefined };
    const total = chosen.length === 1 ? await runInTurn(chosen, run) : await runBeside(chosen, run);
    if (total.failures.length > 0) process.stdout.write(`\n${failuresText(total.failures)}\n`);
    process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
    return total.failed === 0 ? 0 : 1;
  },
};

interface Run {
  readonly patterns: readonly string[];
  /** Whether somebody asked for one lane, which is then run alone. */
  readonly isAsked: boolean;
}

async function runInTurn(chosen: readonly Lane[], run: Run): Promise<Tally> {
  let total = nothing;
  for (const lane of chosen) {
    process.stdout.write(heading(lane));
    total = sum(total, await runLane(lane, run));
  }
  return total;
}

/**
 * The timeless lanes beside the others, which wait for processes, disks and timers for a good part of their time. What the
 * former say is kept until the latter are over.
 */
async function runBeside(chosen: readonly Lane[], run: Run): Promise<Tally> {
  const timeless = chosen.filter((lane) => lane.isTimeless === true);
  for (const { name } of timeless)
    process.stdout.write(
      `lane ${name} runs beside the others, with what they leave of the machine; it is told of last\n`,
    );
  const over = new AbortController();
  const beside = timeless.map((lane) => {
    const behind = new Behind(over.signal);
    return { lane, behind, tally: runLane(lane, run, behind) };
  });
  try {
    const others = chosen.filter((lane) => !timeless.includes(lane));
    let total = await runInTurn(others, run);
    for (const { lane, behind, tally } of beside) {
      process.stdout.write(heading(lane));
      behind.comeForward();
      total = sum(total, await tally);
    }
    return total;
  } finally {
    over.abort();
  }
}

function heading({ name, summary }: Lane): string {
  return `\n${bold(`lane ${name}`)} ${dim(summary)}\n`;
}

/** What a lane says while others have the screen. */
class Behind {
  readonly #said: string[] = [];
  #isForward = false;

  /** @param signal ends the lane */
  constructor(readonly signal: AbortSignal) {}

  say(text: string): void {
    if (this.#isForward) process.stdout.write(text);
    else this.#said.push(text);
  }

  /** Tells what was said so far, and from now on everything at once. */
  comeForward(): void {
    this.#isForward = true;
    process.stdout.write(this.#said.splice(0).join(''));
  }
}

async function runLane(lane: Lane, { patterns, isAsked }: Run, behind?: Behind): Promise<Tally> {
  const lacking = lane.lacks(isAsked);
  if (lacking !== undefined) return skipLane(lane, lacking);
  const begun = systemClock.now();
  const folder = mkdtempSync(join(tmpdir(), 'keelson-test-'));
  try {
    const output = join(folder, 'result.json');
    const code =
      lane.program === undefined
        ? await runJest(lane.name, patterns, output, behind)
        : await runProgram(lane.program, output);
    const tally = tallyOf(lane.name, readResult(output), code, layoutHere().root);
    const colour = tally.failed === 0 ? green : red;
    const line = `${colour(`lane ${lane.name}`)}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped in ${spanText(systemClock.now() - begun)}\n`;
    if (behind === undefined) process.stdout.write(line);
    else behind.say(line);
    return tally;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A lane that cannot run is not passed: its files count as skipped, and the reason is printed. */
function skipLane(lane: Lane, lacking: string): Tally {
  process.stdout.write(`${yellow(`lane ${lane.name} skipped`)}: ${lacking}\n`);
  if (lane.program !== undefined) return { ...nothing, skipped: 1 };
  const listed = spawnSync(process.execPath, [...jestArguments, '--listTests'], {
    cwd: layoutHere().root,
    encoding: 'utf8',
    env: laneEnvironment(lane.name),
  });
  const files = listed.stdout.split('\n').filter((line) => line.trim() !== '').length;
  return { ...nothing, skipped: Math.max(1, files) };
}

// The young generation of a test is large and short-lived: a tenth less time goes into collecting it.
const jestArguments = ['--max-semi-space-size=64', 'node_modules/jest/bin/jest.js'];

function laneEnvironment(lane: string): NodeJS.ProcessEnv {
  return { ...process.env, KEELSON_LANE: lane, KEELSON_TOOLS: layoutHere().tools, NODE_ENV: 'test' };
}

function runJest(lane: string, patterns: readonly string[], output: string, behind?: Behind): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...jestArguments, '--json', `--outputFile=${output}`, ...patterns], {
      cwd: layoutHere().root,
      stdio: ['ignore', 'ignore', behind === undefined ? 'inherit' : 'pipe'],
      env: laneEnvironment(lane),
      ...(behind === undefined ? {} : { signal: behind.signal }),
    });
    if (behind !== undefined && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => behind?.say(text));
    child.once('error', () => resolve(1));
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function runProgram(program: string, output: string): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, output], { cwd: layoutHere().root, stdio: 'inherit' });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function readResult(output: string): JestResult | undefined {
  return existsSync(output) ? (JSON.parse(readFileSync(output, 'utf8')) as JestResult) : undefined;
}

function lackOfServers(): string | undefined {
  try {
    ensureNatsServer(layoutHere(), (line) => process.stdout.write(`${dim(line)}\n`));
    return process.platform === 'linux' && process.arch === 'x64'
      ? undefined
      : 'PostgreSQL comes as a package for linux-x64 only';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Building the reference takes a quarter of an hour: it is done for those who ask for it, where there is Go. */
function lackOfReference(isAsked: boolean): string | undefined {
  const { root } = layoutHere();
  const script = 'tests/conformance/real/build.mjs';
  if (spawnSync(process.execPath, [script, '--find'], { cwd: root }).status === 0) return undefined;
  const lacking =
    'there is no kube-apiserver and no etcd: name them in KEELSON_KUBE_APISERVER and KEELSON_ETCD, or put them on the PATH';
  if (spawnSync('go', ['version']).status !== 0) return lacking;
  if (!isAsked) return `${lacking}; \`./keelson test --lane real-kube-apiserver\` builds them with Go`;
  const built = spawnSync(process.execPath, [script], { cwd: root, stdio: 'inherit' });
  return built.status === 0 ? undefined : `${lacking}; building them with Go failed`;
}

/** It takes long and much room: it is run for those who ask for it. */
function lackOfMachine(isAsked: boolean): string | undefined {
  if (!isAsked)
    return "it installs 5 GB of Debian's packages and takes up to an hour: `./keelson test --lane real-openstack`";
  return lackOfNamespaces();
}

function lackOfOvn(isAsked: boolean): string | undefined {
  if (!isAsked) return "it installs 0.5 GB of Debian's packages and takes 10 minutes: `./keelson test --lane real-ovn`";
  return lackOfNamespaces();
}

function lackOfNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'it makes namespaces, which only Linux has';
  return process.getuid?.() === 0 ? undefined : 'it makes namespaces and mounts: run it as root';
}

function lackOfKubectl(): string | undefined {
  const found = spawnSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  if (found.status !== 0) return 'kubectl is not on PATH; install kubectl 1.29 or newer';
  const minor = /"minor":\s*"(\d+)/.exec(found.stdout)?.[1];
  return Number(minor) >= 29 ? undefined : `kubectl is of minor version ${minor ?? 'unknown'}; 1.29 or newer is needed`;
}
