import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Cluster, ClusterKind } from '@keelson/api';
import { equalJson, sleep, systemClock } from '@keelson/std';
import { kubeApiOf } from '../../embedded/credentials/access.js';
import type { EmbeddedOptions, SupervisorState } from '../../embedded/supervision/component.js';
import { buildHere, type Layout, layoutHere } from '../../embedded/layout.js';
import { ensureNatsServer } from '../../embedded/nats-server.js';
import { choosePorts, takenPorts } from '../../embedded/ports.js';
import { endProcess, isAlive } from '../../embedded/supervision/processes.js';
import { endLeftovers, isRunning, readState } from '../../embedded/supervision/supervisor.js';
import { bold, dim, green, red, spanText, yellow } from '../../screen/style.js';
import { wholeNumber } from '../flags.js';
import { nextSteps } from './next-steps.js';
import type { Verb } from '../verb.js';

export const up: Verb = {
  name: 'up',
  summary: 'install what is missing, start everything on this machine, say what to do next',
  usage: [
    '--kubeconfig FILE     run on that Kubernetes API, as the administrator it names (default: an embedded one)',
    '--processes           each service in a process of its own (default: all in one)',
    '--servers N           simulated servers in the lab (default 6)',
    '--lab-speed N         how much faster than life the lab runs (default 20)',
    '--seed TEXT           seed of the lab (default keelson)',
    '--ready-timeout N     seconds until everything must be ready, else exit 1 (default 120)',
  ],
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: flags, strict: true });
    const options: EmbeddedOptions = {
      processes: values.processes === true,
      servers: wholeNumber('--servers', values.servers, 1, 5000, 6),
      labSpeed: wholeNumber('--lab-speed', values['lab-speed'], 1, 100_000, 20),
      seed: values.seed ?? 'keelson',
      ...(values.kubeconfig === undefined ? {} : { kubeconfig: resolve(values.kubeconfig) }),
    };
    const timeoutSeconds = wholeNumber('--ready-timeout', values['ready-timeout'], 1, 86_400, 120);
    return bringUp(layoutHere(), options, timeoutSeconds);
  },
};

const flags = {
  kubeconfig: { type: 'string' },
  processes: { type: 'boolean' },
  servers: { type: 'string' },
  'lab-speed': { type: 'string' },
  seed: { type: 'string' },
  'ready-timeout': { type: 'string' },
} as const;

async function bringUp(layout: Layout, options: EmbeddedOptions, timeoutSeconds: number): Promise<number> {
  const begun = systemClock.now();
  mkdirSync(layout.run, { recursive: true });
  const before = readState(layout);
  const differing = isRunning(before) ? differenceOf(before, options, buildHere(layout)) : undefined;
  if (isRunning(before) && differing !== undefined) {
    process.stdout.write(`running with ${differing}: restarting\n`);
    await endProcess(before.supervisor, 'SIGTERM', 60_000);
  }
  if (!isRunning(readState(layout))) {
    await endLeftovers(layout);
    ensureNatsServer(layout, (line) => process.stdout.write(`${line}\n`));
    const taken = await takenPorts(choosePorts());
    if (taken.length > 0) {
      process.stderr.write(
        `${taken.map((line) => `keelson: ${line}`).join('\n')}\nFree it, or choose other ports with KEELSON_PORT_BASE=<first port>.\n`,
      );
      return 1;
    }
    startSupervisor(layout, options);
  }
  const ready = await followUntilReady(layout, begun + timeoutSeconds * 1000);
  if (!ready) return 1;
  process.stdout.write(`${green('ready')} after ${spanText(systemClock.now() - begun)}\n\n${await nextText(layout)}\n`);
  return 0;
}

/** Why what runs is not what is wanted; undefined when it is. */
function differenceOf(running: SupervisorState, options: EmbeddedOptions, build: string): string | undefined {
  if (!sameOptions(running.options, options)) return 'other options';
  return running.build === build ? undefined : 'programs of older sources';
}

function sameOptions(a: EmbeddedOptions, b: EmbeddedOptions): boolean {
  return equalJson({ ...a }, { ...b });
}

function startSupervisor(layout: Layout, options: EmbeddedOptions): void {
  mkdirSync(layout.logs, { recursive: true });
  const log = openSync(join(layout.logs, 'supervisor.log'), 'a', 0o600);
  const main = join(layout.root, 'apps', 'cli', 'dist', 'embedded', 'supervision', 'supervisor-main.js');
  const child = spawn(process.execPath, [main, JSON.stringify(options)], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: process.env,
  });
  child.unref();
}

/** How long the supervisor may take to say that it runs: a busy machine needs many seconds to load it. */
const supervisorStartMs = 30_000;

/** Prints a line for each component when it turns ready, and what is missing while it does not. */
async function followUntilReady(layout: Layout, deadline: number): Promise<boolean> {
  const told = new Map<string, string>();
  const begun = systemClock.now();
  for (;;) {
    const state = readState(layout);
    if (isRunning(state)) {
      tell(state, told, begun);
      if (placed(state).every((component) => component.state === 'ready')) return true;
    } else if (systemClock.now() - begun > supervisorStartMs) {
      process.stderr.write(`keelson: the supervisor did not start; see ${join(layout.logs, 'supervisor.log')}\n`);
      return false;
    }
    if (systemClock.now() > deadline) return giveUp(layout, state);
    await sleep(systemClock, 100);
  }
}

/** Without those that stand by beside another. */
function placed({ components }: SupervisorState): SupervisorState['components'] {
  return components.filter(({ beside }) => beside !== true);
}

function tell(state: SupervisorState, told: Map<string, string>, begun: number): void {
  placed(state).forEach((component, i) => {
    const ready = component.state === 'ready';
    const line = ready
      ? 'ready'
      : component.state === 'restarting'
        ? `${component.state}: ${component.message ?? ''}`
        : undefined;
    if (line === undefined || told.get(component.name) === line) return;
    told.set(component.name, line);
    const mark = ready ? green('✓') : yellow('!');
    const at = ready ? dim(`after ${spanText(Math.max(0, component.since - begun))}`) : yellow(line);
    process.stdout.write(`  ${mark} ${i + 1}/${placed(state).length} ${component.title} ${at}\n`);
  });
}

function giveUp(layout: Layout, state: SupervisorState | undefined): false {
  const late = (state === undefined ? [] : placed(state)).filter((component) => component.state !== 'ready');
  const lines = late.map(
    (component) =>
      `  ${component.title}: ${component.state}${component.message === undefined ? '' : `, ${component.message}`}`,
  );
  process.stderr.write(
    `${red('not ready in time')}\n${lines.join('\n')}\nLogs are in ${layout.logs}. It goes on trying: ./keelson status\n`,
  );
  return false;
}

async function nextText(layout: Layout): Promise<string> {
  const lines = nextSteps(layout, await clustersHere(layout));
  return [
    bold('Next'),
    ...lines.map((line) => `  ${line}`),
    dim('The servers, hosts and clusters behind it are simulated by the lab; everything else is real.'),
  ].join('\n');
}

/** Undefined when the API does not tell: it is up either way. */
async function clustersHere(layout: Layout): Promise<readonly Cluster[] | undefined> {
  try {
    return (await kubeApiOf(layout.kubeconfig).list(ClusterKind)).items;
  } catch {
    return undefined;
  }
}

/** For tests of the verb: whether everything that was recorded is gone. */
export function leftAlive(layout: Layout): string[] {
  const state = readState(layout);
  if (state === undefined) return [];
  const processes = [
    { name: 'supervisor', process: state.supervisor },
    ...state.components.flatMap((component) =>
      component.process === undefined ? [] : [{ name: component.name, process: component.process }],
    ),
  ];
  return processes.filter((entry) => isAlive(entry.process)).map((entry) => `${entry.name} (pid ${entry.process.pid})`);
}
