import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mirrorsOf } from './mirrors.js';
import type { DebianSuite } from './packages.js';
import { output, word } from './shell.js';

const installTimeoutMs = 3_600_000;

/**
 * Users that write to directories of a node must have one id in all releases' filesystems: Debian's packages number them in
 * the order of installation. A user that is there when its package comes is kept.
 */
const users = [
  ['nova', 64_060, '/var/lib/nova'],
  ['neutron', 901, '/var/lib/neutron'],
  ['keystone', 902, '/var/lib/keystone'],
  ['placement', 903, '/var/lib/placement'],
  ['designate', 904, '/var/lib/designate'],
  ['mysql', 905, '/nonexistent'],
  ['rabbitmq', 906, '/var/lib/rabbitmq'],
  ['memcache', 907, '/nonexistent'],
  ['pdns', 908, '/var/lib/powerdns'],
  ['etcd', 909, '/var/lib/etcd'],
] as const;

/** The installed tree of a suite below `home`, made when it is not there yet; its name says what is in it. */
export async function rootFilesystem(home: string, suite: DebianSuite, say: (line: string) => void): Promise<string> {
  const script = installScript(suite);
  const hash = createHash('sha256').update(script).digest('hex').slice(0, 12);
  const tree = join(home, 'roots', `${suite.suite}-${hash}`);
  if (existsSync(tree)) return tree;
  const { main, security } = await mirrorsOf(process.env);
  await removeOthers(join(home, 'roots'), suite.suite);
  say(`installing ${suite.packages.length} packages of ${suite.suite} and what they need into ${tree}`);
  const making = `${tree}.making`;
  await mkdir(making, { recursive: true });
  // In namespaces of its own: what a package's script mounts or starts ends with it.
  const inside = ['--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--propagation', 'private'];
  await output('unshare', [...inside, 'sh', '-c', script, 'install', making, main, security], {
    timeoutMs: installTimeoutMs,
  });
  await rename(making, tree);
  return tree;
}

/** Trees of other package lists, and one that was being made when somebody ended the lane. */
async function removeOthers(roots: string, suite: string): Promise<void> {
  if (!existsSync(roots)) return;
  for (const name of await readdir(roots)) {
    if (name.startsWith(`${suite}-`)) await rm(join(roots, name), { recursive: true, force: true });
  }
}

/**
 * Shell that fills the directory `$1` from the mirror `$2` and that of security updates `$3`. No service is started:
 * policy-rc.d forbids it, and nothing of the host is touched.
 */
export function installScript({ suite, packages, hasGuestKernel }: DebianSuite): string {
  const sources = [`deb $2 ${suite} main`, `deb $2 ${suite}-updates main`, `deb $3 ${suite}-security main`];
  const paths = [
    'path-exclude=/usr/share/doc/*',
    'path-include=/usr/share/doc/*/copyright',
    'path-exclude=/usr/share/man/*',
  ];
  const apt = [
    'APT::Install-Recommends "false"; APT::Install-Suggests "false"; Dpkg::Use-Pty "0";',
    'Dpkg::Options { "--force-confdef"; "--force-confold"; "--force-unsafe-io"; };',
  ];
  return [
    'set -eu',
    'root=$1',
    'export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true LC_ALL=C',
    `debootstrap --variant=minbase --include=ca-certificates ${suite} "$root" "$2"`,
    `printf '%s\\n' ${sources.map((line) => `"${line}"`).join(' ')} > "$root/etc/apt/sources.list"`,
    `printf '#!/bin/sh\\nexit 101\\n' > "$root/usr/sbin/policy-rc.d"; chmod 755 "$root/usr/sbin/policy-rc.d"`,
    `printf '%s\\n' ${apt.map(word).join(' ')} > "$root/etc/apt/apt.conf.d/99lane"`,
    `printf '%s\\n' ${paths.map(word).join(' ')} > "$root/etc/dpkg/dpkg.cfg.d/99lane"`,
    ...users.flatMap(([name, id, home]) => [
      `chroot "$root" groupadd --system --gid ${id} ${name}`,
      `chroot "$root" useradd --system --uid ${id} --gid ${id} --home-dir ${home} --shell /usr/sbin/nologin ${name}`,
    ]),
    'mount -t proc proc "$root/proc"',
    'cp /etc/resolv.conf "$root/etc/resolv.conf"',
    'chroot "$root" apt-get update -qq',
    `chroot "$root" apt-get install -y -qq ${packages.join(' ')} </dev/null`,
    ...(hasGuestKernel ? guestKernel : []),
    'chroot "$root" apt-get clean',
    // Debian's file says kvm, and it is read after nova.conf.
    'if [ -d "$root/etc/nova" ]; then : > "$root/etc/nova/nova-compute.conf"; fi',
    'rm -f "$root"/etc/powerdns/pdns.d/*.conf',
    ...mountNfs,
    'umount "$root/proc"',
  ].join('\n');
}

/** The kernel that Debian's cloud images boot; only its files, since nothing here is to boot it but a guest. */
const guestKernel = [
  `kernel=$(chroot "$root" apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ {print $2; exit}')`,
  'mkdir -p "$root/srv/guest"',
  'chroot "$root" sh -c "cd /srv/guest && apt-get download -qq $kernel && dpkg-deb -x ./*.deb . && rm ./*.deb"',
];

/** The kernel of the machine may have no NFS client: a share on the same machine is bound instead. */
const mountNfs = [
  `printf '#!/bin/sh\nexec mount --bind "\${1#*:}" "$2"\n' > "$root/sbin/mount.nfs"`,
  'chmod 755 "$root/sbin/mount.nfs"',
];
