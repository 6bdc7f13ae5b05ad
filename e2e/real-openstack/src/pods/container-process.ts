import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep, systemClock } from '@keelson/std';
import { childPid } from '../machine/node.js';
import { isAlive, sessionOf, signal } from '../machine/processes.js';
import { command, type CommandResult } from '../machine/shell.js';
import { type ContainerPlan, containerScript, processWords } from './container-script.js';

/** What a container needs of its pod beside its plan. */
export interface ContainerHome {
  /** A process in the namespaces of the pod. */
  readonly sandbox: number;
  /** The node's processes are the container's too. */
  readonly sharesProcesses: boolean;
  readonly logFile: string;
}

/** Longest time that a container has to end by itself, whatever its grace: nothing here is worth five minutes. */
const longestGraceMs = 20_000;
const logTail = 3000;

/** A running container. */
export class ContainerProcess {
  readonly plan: ContainerPlan;
  readonly #home: ContainerHome;
  readonly #child: ChildProcess;
  #main: number | undefined;
  /** Its exit code; undefined while it runs. */
  code: number | undefined;
  readonly ended: Promise<number>;

  private constructor(plan: ContainerPlan, home: ContainerHome, child: ChildProcess) {
    this.plan = plan;
    this.#home = home;
    this.#child = child;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code) => {
        this.code = code ?? 137;
        resolve(this.code);
      });
    });
  }

  static async start(plan: ContainerPlan, home: ContainerHome): Promise<ContainerProcess> {
    await rm(plan.directory, { recursive: true, force: true });
    await mkdir(plan.directory, { recursive: true });
    const script = join(plan.directory, 'start.sh');
    await writeFile(script, containerScript(plan));
    const log = openSync(home.logFile, 'a');
    const own = home.sharesProcesses ? [] : ['--pid', '--fork', '--kill-child=KILL'];
    const child = spawn(
      'nsenter',
      [
        ...namespacesOf(home.sandbox),
        'setsid',
        'unshare',
        '--mount',
        '--propagation',
        'unchanged',
        ...own,
        'bash',
        script,
      ],
      { stdio: ['ignore', log, log] },
    );
    closeSync(log);
    const process_ = new ContainerProcess(plan, home, child);
    process_.#main = await childPid(child, home.sharesProcesses ? 1 : 2, plan.directory).catch(() => undefined);
    return process_;
  }

  /** The end of what it printed. */
  log(): string {
    return readFileSync(this.#home.logFile, 'utf8').slice(-logTail);
  }

  /** Runs a command in the container, as its user. */
  exec(words: readonly string[], timeoutMs = 30_000, input = ''): Promise<CommandResult> {
    if (this.#main === undefined || this.code !== undefined)
      return Promise.resolve({ code: 137, stdout: '', stderr: 'the container does not run' });
    const line = processWords({ ...this.plan, command: words });
    // A bash whose input is a socket takes itself for a remote shell's and reads ~/.bashrc, which may take long.
    return command('nsenter', [...namespacesOf(this.#main), 'bash', '--norc', '-c', line], { timeoutMs, input });
  }

  kill(): void {
    if (this.#main !== undefined && this.code === undefined) signal(this.#main, 'SIGKILL');
  }

  /** Lets its hook run, asks it to end, then makes it; all within its grace. Daemons that left its session live on in a pod that shares the node's processes. */
  async stop(graceMs: number, hook?: readonly string[]): Promise<void> {
    if (this.#main !== undefined && this.code === undefined) {
      const members = this.#home.sharesProcesses ? sessionOf(this.#main) : [this.#main];
      const over = sleep(systemClock, Math.min(graceMs, longestGraceMs));
      if (hook !== undefined) await Promise.race([this.exec(hook, graceMs), this.ended, over]).catch(() => undefined);
      signal(this.#main, 'SIGTERM');
      await Promise.race([this.ended, over]);
      members.filter(isAlive).forEach((pid) => signal(pid, 'SIGKILL'));
    }
    if (this.code === undefined) {
      this.#child.kill('SIGKILL');
      await this.ended;
    }
  }
}

function namespacesOf(pid: number): string[] {
  return ['--target', String(pid), '--mount', '--net', '--uts', '--ipc', '--pid', '--'];
}
