import { word } from '../machine/shell.js';

/** Everything that makes one container, decided. */
export interface ContainerPlan {
  /** The image: read only, below the container's own layer. */
  readonly tree: string;
  /** Of this container: its layer and its root. */
  readonly directory: string;
  readonly mounts: readonly Mount[];
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** Name or number. */
  readonly user: string;
  readonly extraGroups: readonly number[];
  /** All of root's; else the usual ones and those added. */
  readonly rights: 'privileged' | { readonly added: readonly string[]; readonly mayGainMore: boolean };
  /** Files of the pod that every container sees. */
  readonly hostsFile: string;
  readonly resolverFile: string;
}

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly isFile: boolean;
  readonly readOnly: boolean;
  readonly propagation: 'private' | 'HostToContainer' | 'Bidirectional';
}

/** What container engines give a process that asks for nothing. */
const usualCapabilities = [
  'chown',
  'dac_override',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'net_bind_service',
  'net_raw',
  'sys_chroot',
  'mknod',
  'audit_write',
  'setfcap',
];

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/**
 * Shell that becomes the container's process: it runs in the namespaces of the pod and a mount namespace of its own, lays the
 * container's layer over its image, mounts what the pod mounts, and leaves the machine's tree behind.
 */
export function containerScript(plan: ContainerPlan): string {
  const { tree, directory, mounts } = plan;
  const root = `${directory}/root`;
  const hasOwnDevices = !mounts.some(({ target }) => target === '/dev');
  return [
    '#!/bin/bash',
    'set -euo pipefail',
    `cd ${word(directory)}`,
    'mkdir -p upper work root',
    `mount -t overlay overlay -o lowerdir=${tree},upperdir=${directory}/upper,workdir=${directory}/work ${word(root)}`,
    `mount -t proc proc ${word(`${root}/proc`)}`,
    `mount -t sysfs sysfs ${word(`${root}/sys`)}`,
    ...(hasOwnDevices ? devicesScript(`${root}/dev`) : []),
    `cat ${word(plan.hostsFile)} > ${word(`${root}/etc/hosts`)}`,
    `rm -f ${word(`${root}/etc/resolv.conf`)}`,
    `cat ${word(plan.resolverFile)} > ${word(`${root}/etc/resolv.conf`)}`,
    ...sorted(mounts).flatMap((mount) => mountLines(root, mount)),
    `cd ${word(root)}`,
    'mkdir -p .old',
    'pivot_root . .old',
    // What happens to the machine's mounts here must not reach the machine.
    'mount --make-rprivate /.old',
    'umount -l /.old',
    'cd /',
    `exec ${processWords(plan)}`,
  ].join('\n');
}

/** Shell that makes the devices of a machine in a directory: the kernel has one /dev for all. */
export function devicesScript(directory: string): string[] {
  const at = (name: string): string => word(`${directory}/${name}`);
  return [
    `mount -t tmpfs -o mode=755,size=1m dev ${word(directory)}`,
    `mkdir -p ${at('shm')} ${at('pts')} ${at('net')} ${at('mapper')}`,
    ...devices.map((name) => `cp -a /dev/${name} ${at(name)}; chmod 666 ${at(name)}`),
    `cp -a /dev/net/tun ${at('net/tun')}; chmod 666 ${at('net/tun')}`,
    `mount -t tmpfs -o mode=1777 shm ${at('shm')}`,
    `mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts ${at('pts')}`,
    `ln -sf pts/ptmx ${at('ptmx')}; ln -sf /proc/self/fd ${at('fd')}`,
    `ln -sf fd/0 ${at('stdin')}; ln -sf fd/1 ${at('stdout')}; ln -sf fd/2 ${at('stderr')}`,
  ];
}

/** A mount below another comes after it. */
function sorted(mounts: readonly Mount[]): readonly Mount[] {
  const depth = ({ target }: Mount): number => target.split('/').filter(Boolean).length;
  return [...mounts].sort((a, b) => depth(a) - depth(b));
}

function mountLines(root: string, { source, target, isFile, readOnly, propagation }: Mount): string[] {
  const [from, to] = [word(source), word(`${root}${target}`)];
  const parent = word(`${root}${target.slice(0, target.lastIndexOf('/'))}`);
  const point = isFile ? `mkdir -p ${parent}; [ -e ${to} ] || : > ${to}` : `mkdir -p ${to}`;
  return [
    point,
    `mount --rbind ${from} ${to}`,
    ...(propagation === 'private' ? [`mount --make-rprivate ${to}`] : []),
    ...(propagation === 'HostToContainer' ? [`mount --make-rslave ${to}`] : []),
    ...(readOnly ? [`mount -o remount,bind,ro ${to}`] : []),
  ];
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The words that run a command as a container's process does: its environment, its user, its rights. */
export function processWords(plan: Omit<ContainerPlan, 'mounts' | 'tree' | 'directory'>): string {
  const { user, extraGroups, rights, environment, command } = plan;
  const variables = { PATH: path, LANG: 'C.UTF-8', HOME: '/', ...environment };
  const groups = `$(id -G ${word(user)} 2>/dev/null | tr ' ' ',')${extraGroups.map((group) => `,${group}`).join('')}`;
  const isRoot = user === 'root' || user === '0';
  return [
    'setpriv',
    ...(isRoot && extraGroups.length === 0
      ? []
      : [`--reuid=${word(user)} --regid="$(id -g ${word(user)})" --groups="${groups}"`]),
    ...(rights === 'privileged' ? [] : rightsWords(rights)),
    'env -i',
    ...Object.entries(variables).map(([name, value]) => `${name}=${word(value)}`),
    ...command.map(word),
  ].join(' ');
}

function rightsWords({ added, mayGainMore }: Exclude<ContainerPlan['rights'], 'privileged'>): string[] {
  const kept = [...new Set([...usualCapabilities, ...added.map((name) => name.toLowerCase())])];
  return [
    `--inh-caps=-all --bounding-set=-all,${kept.map((name) => `+${name}`).join(',')}`,
    ...(mayGainMore ? [] : ['--no-new-privs']),
  ];
}
