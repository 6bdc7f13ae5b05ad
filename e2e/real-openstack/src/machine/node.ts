import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gateway, prefixLength, serviceNetwork } from '../network/addresses.js';
import type { NodeLabels } from '../pods/placement.js';
import { devicesScript } from '../pods/container-script.js';
import { descendantOf } from './processes.js';
import { output, word } from './shell.js';
import { until } from './waiting.js';

/** Namespaces that stand for a machine of the cluster, and a directory that stands for its disk. */
export interface ClusterNode extends NodeLabels {
  readonly address: string;
  readonly directory: string;
  /** Its first process, as the lane numbers it. */
  readonly pid: number;
}

export interface NodePart extends NodeLabels {
  readonly address: string;
  readonly directory: string;
}

export const bridge = 'pods';

/** The bridge that nodes and pods are on, and the machine's part in it. */
export async function makeBridge(): Promise<void> {
  await output('sh', [
    '-c',
    [
      'set -e',
      'ip link set lo up',
      `ip link add ${bridge} type bridge`,
      `ip addr add ${gateway}/${prefixLength} dev ${bridge}`,
      `ip link set ${bridge} up`,
      // Addresses of Services: only rules know them, but a packet must have a way before rules see it.
      `ip route add ${serviceNetwork} dev ${bridge}`,
      'sysctl -qw net.ipv4.ip_forward=1',
    ].join('\n'),
  ]);
}

/** Starts a node. It ends with the machine. */
export async function startNode({ name, labels, address, directory }: NodePart): Promise<ClusterNode> {
  for (const each of ['run', 'dev', 'sys/fs/cgroup', 'lib/modules', 'etc', 'var/lib'])
    await mkdir(join(directory, each), { recursive: true });
  await writeFile(
    join(directory, 'etc/machine-id'),
    `${Buffer.from(name.padEnd(16, '-')).toString('hex').slice(0, 32)}\n`,
  );
  const share = join(directory, '../share');
  await mkdir(share, { recursive: true });
  await chmod(share, 0o777);
  const init = [
    'set -e',
    `hostname ${word(name)}`,
    // What a privileged container mounts below here, other containers of the node see too.
    `mount --bind ${word(directory)} ${word(directory)}`,
    ...devicesScript(join(directory, 'dev')),
    // What stands for storage that all nodes reach: privileged containers see it with their node's devices.
    `mkdir ${word(join(directory, 'dev/share'))}`,
    `mount --bind ${word(share)} ${word(join(directory, 'dev/share'))}`,
    `mount --make-rshared ${word(directory)}`,
    `: > ${word(join(directory, 'ready'))}`,
    'while :; do sleep 3600 & wait $!; done',
  ].join('\n');
  const namespaces = ['--mount', '--net', '--uts', '--ipc', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
  const child = spawn('unshare', [...namespaces, '--propagation', 'private', 'bash', '-c', init], { stdio: 'ignore' });
  const pid = await childPid(child, 1, `the node ${name}`);
  await connect(pid, address, `n${address.split('.').slice(2).join('-')}`);
  await until({ what: `the start of the node ${name}`, withinMs: 10_000, everyMs: 50 }, async () =>
    output('test', ['-e', join(directory, 'ready')]).then(
      () => true,
      () => undefined,
    ),
  );
  return { name, labels, address, directory, pid };
}

/** The process that a started program forks into its namespaces. */
export async function childPid(child: ChildProcess, depth: number, what: string): Promise<number> {
  return until({ what: `the start of ${what}`, withinMs: 20_000, everyMs: 20 }, () => {
    if (child.pid === undefined || child.exitCode !== null) return undefined;
    return descendantOf(child.pid, depth);
  });
}

/** Gives the network namespace of a process an interface on the bridge. */
export async function connect(pid: number, address: string, outside: string): Promise<void> {
  await output('sh', [
    '-c',
    [
      'set -e',
      // Of a pod of this address that ended a moment ago.
      `ip link delete ${outside} 2>/dev/null || true`,
      `ip link add ${outside} type veth peer name eth0 netns ${pid}`,
      `ip link set ${outside} master ${bridge} up`,
      `in="nsenter --target ${pid} --net ip"`,
      `$in link set lo up`,
      `$in addr add ${address}/${prefixLength} dev eth0`,
      `$in link set eth0 up`,
      `$in route add default via ${gateway}`,
    ].join('\n'),
  ]);
}
