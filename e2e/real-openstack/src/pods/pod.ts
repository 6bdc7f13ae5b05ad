import { type ChildProcess, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { messageOf, sleep, systemClock, systemHttp, terminal } from '@keelson/std';
import { childPid, type ClusterNode, connect } from '../machine/node.js';
import { signal } from '../machine/processes.js';
import { word } from '../machine/shell.js';
import { until } from '../machine/waiting.js';
import { gateway } from '../network/addresses.js';
import { ContainerProcess } from './container-process.js';
import type { ContainerPlan } from './container-script.js';
import { environmentOf, expanded, type PodFacts } from './environment.js';
import { imageOf } from './images.js';
import type { Container, PodTemplate, Probe } from './template.js';
import { mountsOf, prepareVolumes, type VolumeSource } from './volumes.js';

export interface PodPart {
  readonly name: string;
  readonly namespace: string;
  readonly domain: string;
  readonly template: PodTemplate;
  readonly node: ClusterNode;
  readonly ip: string;
  readonly logs: string;
  readonly volumes: VolumeSource;
  /** Directories of root filesystems, by tags of images. */
  readonly trees: Readonly<Record<string, string>>;
  /** False for a Job's, which end once and for all. */
  readonly restarts: boolean;
}

const settlingMs = 5000;
const restartDelaysMs = [1000, 2000, 4000, 8000, 15_000];

/** The containers of a pod in namespaces that they share. */
export class Pod {
  readonly part: PodPart;
  readonly #containers = new Map<string, ContainerProcess>();
  readonly #ready = new Set<string>();
  #sandbox: ChildProcess | undefined;
  #sandboxPid = 0;
  #isStopping = false;
  /** Why a container could not be started. */
  #trouble = '';
  restarts = 0;

  constructor(part: PodPart) {
    this.part = part;
  }

  /** The address under which its ports are. */
  get ip(): string {
    return this.part.template.spec.hostNetwork ? this.part.node.address : this.part.ip;
  }

  get isReady(): boolean {
    return !this.#isStopping && this.isServing;
  }

  /** Also of one that is to end: its containers answered when they were asked last. */
  get isServing(): boolean {
    return this.part.template.spec.containers.every(({ name }) => this.#ready.has(name));
  }

  /** Runs init containers to their end and starts the others. @throws Failure terminal with the log of one that failed */
  async start(): Promise<void> {
    const { template, volumes } = this.part;
    await mkdir(volumes.directory, { recursive: true });
    await this.#makeSandbox();
    const directories = await prepareVolumes(template, volumes);
    for (const container of template.spec.initContainers) await this.#runInit(container, directories);
    for (const container of template.spec.containers)
      this.#keep(container, directories).catch((error: unknown) => (this.#trouble = messageOf(error)));
  }

  /** Of a Job's pod: the code its container ends with. */
  async end(withinMs: number): Promise<number> {
    const name = this.part.template.spec.containers[0]?.name ?? '';
    const container = await until({ what: `the start of ${this.part.name}`, withinMs: 30_000, everyMs: 50 }, () =>
      this.#containers.get(name),
    );
    return Promise.race([
      container.ended,
      sleep(systemClock, withinMs).then(() => {
        throw terminal(`${this.part.name} did not end within ${withinMs / 1000} s. ${this.log()}`, {
          reason: 'Timeout',
        });
      }),
    ]);
  }

  /** The end of what its containers printed. */
  log(): string {
    const logs = [...this.#containers].map(([name, each]) => `--- ${this.part.name}/${name}\n${each.log()}`);
    return [this.#trouble, ...logs].join('\n').trimStart();
  }

  /** Runs a command in a container, the first unless named. */
  exec(words: readonly string[], timeoutMs?: number, input?: string): ReturnType<ContainerProcess['exec']> {
    const container = [...this.#containers.values()][0];
    if (container === undefined) throw terminal(`${this.part.name} has no container`, { reason: 'NoContainer' });
    return container.exec(words, timeoutMs, input);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const graceMs = this.part.template.spec.terminationGracePeriodSeconds * 1000;
    await Promise.all([...this.#containers].map(([name, each]) => each.stop(graceMs, this.#hookOf(name))));
    if (this.#sandbox !== undefined) {
      signal(this.#sandboxPid, 'SIGKILL');
      this.#sandbox.kill('SIGKILL');
    }
    await rm(this.part.volumes.directory, { recursive: true, force: true });
  }

  /** What a container runs before it is asked to end. */
  #hookOf(container: string): readonly string[] | undefined {
    const found = this.part.template.spec.containers.find(({ name }) => name === container);
    return found?.lifecycle.preStop?.exec.command;
  }

  /** Ends it without asking, as power that fails does. */
  async kill(): Promise<void> {
    this.#isStopping = true;
    for (const each of this.#containers.values()) each.kill();
    await this.stop();
  }

  /** Writes its configuration anew where it is mounted. */
  async refresh(): Promise<void> {
    await prepareVolumes(this.part.template, this.part.volumes);
  }

  async #makeSandbox(): Promise<void> {
    const { name, node, ip, template, domain } = this.part;
    const { hostNetwork } = template.spec;
    const hosts = ['127.0.0.1 localhost', `${this.ip} ${hostNetwork ? node.name : name}`].join('\n');
    await writeFile(this.#file('hosts'), `${hosts}\n`);
    const search = `search ${this.part.namespace}.svc.${domain} svc.${domain} ${domain}`;
    await writeFile(this.#file('resolv.conf'), `${search}\nnameserver ${gateway}\noptions ndots:5 timeout:2\n`);
    if (hostNetwork) {
      this.#sandboxPid = node.pid;
      return;
    }
    const main = `hostname ${word(name)}; exec sleep infinity`;
    const inside = ['--target', String(node.pid), '--mount', '--pid', '--', 'unshare', '--net', '--uts', '--ipc'];
    this.#sandbox = spawn('nsenter', [...inside, 'sh', '-c', main], { stdio: 'ignore' });
    this.#sandboxPid = await childPid(this.#sandbox, 1, `the pod ${name}`);
    // A process that has not left the lane's own network yet would get the lane's interface.
    const own = networkOf('self');
    await until({ what: `the sandbox of ${name}`, withinMs: 20_000, everyMs: 20 }, () => {
      const network = networkOf(this.#sandboxPid);
      return network === undefined || network === own ? undefined : true;
    });
    await connect(this.#sandboxPid, ip, `v${ip.split('.').slice(2).join('-')}`);
  }

  #file(name: string): string {
    return join(this.part.volumes.directory, name);
  }

  async #runInit(container: Container, directories: ReadonlyMap<string, string>): Promise<void> {
    const process_ = await this.#launch(container, directories);
    const code = await process_.ended;
    if (code !== 0)
      throw terminal(`${container.name} of ${this.part.name} ended with ${code}. ${process_.log()}`, {
        reason: 'InitFailed',
      });
  }

  /** Starts a container, and again when it ends although it should not. */
  async #keep(container: Container, directories: ReadonlyMap<string, string>): Promise<void> {
    for (let attempt = 0; !this.#isStopping; attempt++) {
      const process_ = await this.#launch(container, directories);
      void this.#watch(container, process_);
      await process_.ended;
      this.#ready.delete(container.name);
      if (!this.part.restarts || this.#isStopping) return;
      this.restarts++;
      await sleep(systemClock, restartDelaysMs[Math.min(attempt, restartDelaysMs.length - 1)] ?? 0);
    }
  }

  async #launch(container: Container, directories: ReadonlyMap<string, string>): Promise<ContainerProcess> {
    const { name, logs, template } = this.part;
    const process_ = await ContainerProcess.start(this.#planOf(container, directories), {
      sandbox: this.#sandboxPid,
      sharesProcesses: template.spec.hostPID,
      logFile: join(logs, `${name}.${container.name}.log`),
    });
    this.#containers.set(container.name, process_);
    return process_;
  }

  #planOf(container: Container, directories: ReadonlyMap<string, string>): ContainerPlan {
    const { volumes, trees, template } = this.part;
    const image = imageOf(container.image, trees);
    const environment = environmentOf(container, this.#facts());
    const { privileged, runAsUser, capabilities, allowPrivilegeEscalation } = container.securityContext;
    const { fsGroup } = template.spec.securityContext;
    return {
      tree: image.tree,
      directory: join(volumes.directory, 'containers', container.name),
      mounts: mountsOf(container, directories),
      environment,
      command: container.command.map((each) => expanded(each, environment)),
      user: runAsUser === undefined ? image.user : String(runAsUser),
      extraGroups: fsGroup === undefined ? [] : [fsGroup],
      rights:
        privileged === true
          ? 'privileged'
          : { added: capabilities?.add ?? [], mayGainMore: allowPrivilegeEscalation !== false },
      hostsFile: this.#file('hosts'),
      resolverFile: this.#file('resolv.conf'),
    };
  }

  #facts(): PodFacts {
    const { name, namespace, node, volumes } = this.part;
    return {
      name,
      namespace,
      node: node.name,
      ip: this.ip,
      nodeIp: node.address,
      secret: (secret, key) => volumes.secret(secret)?.[key]?.toString('utf8'),
    };
  }

  async #watch({ name, startupProbe, readinessProbe }: Container, process_: ContainerProcess): Promise<void> {
    // One without a probe counts when it has not ended at once; one that tells only when it has started, from then on.
    if (startupProbe !== undefined && readinessProbe === undefined) await this.#started(startupProbe, process_);
    else if (readinessProbe === undefined) await sleep(systemClock, settlingMs);
    while (process_.code === undefined && !this.#isStopping) {
      const isReady = readinessProbe === undefined || (await this.#answers(readinessProbe, process_));
      if (process_.code !== undefined) return;
      if (isReady) this.#ready.add(name);
      else this.#ready.delete(name);
      await sleep(systemClock, isReady ? 5000 : 1000);
    }
  }

  async #started(probe: Probe, process_: ContainerProcess): Promise<void> {
    while (process_.code === undefined && !this.#isStopping && !(await this.#answers(probe, process_)))
      await sleep(systemClock, 1000);
  }

  async #answers({ httpGet, tcpSocket, exec, timeoutSeconds }: Probe, process_: ContainerProcess): Promise<boolean> {
    const timeoutMs = timeoutSeconds * 1000;
    if (exec !== undefined)
      return process_.exec(exec.command, timeoutMs).then(
        ({ code }) => code === 0,
        () => false,
      );
    if (tcpSocket !== undefined) return accepts(this.ip, tcpSocket.port, timeoutMs);
    if (httpGet === undefined) return true;
    const url = `${httpGet.scheme.toLowerCase()}://${this.ip}:${httpGet.port}${httpGet.path}`;
    // As the kubelet: whoever shows whichever certificate is asked.
    return systemHttp({ method: 'GET', url, timeoutMs, tls: { verify: false } }).then(
      ({ status }) => status < 400,
      () => false,
    );
  }
}

/** The network namespace of a process, as the kernel names it; undefined when the process has ended. */
function networkOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

function accepts(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.once('error', () => end(false));
    socket.connect(port, host, () => end(true));
  });
}
