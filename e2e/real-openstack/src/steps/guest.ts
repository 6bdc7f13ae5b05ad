import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output, word } from '../machine/shell.js';

/** Lines that the guest writes on its console, one a stage of its life. */
export const marks = {
  started: 'guest: started',
  address: 'guest: address',
  metadata: 'guest: metadata',
  disk: 'guest: disk',
} as const;

/** In this order: each needs those before it. */
const modules = [
  'virtio_ring',
  'virtio',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'failover',
  'net_failover',
  'virtio_net',
  'virtio_blk',
  'button',
];
const tools = ['busybox', 'ld-linux-x86-64.so.2', 'libc.so.6', 'libresolv.so.2'];
const partitionOffset = 1_048_576;

/** udhcpc's answers become addresses and routes; the way to the metadata is one of the routes. */
const lease = String.raw`#!/bin/busybox sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
busybox ip addr flush dev $interface
busybox ip addr add $ip/$mask dev $interface
[ -z "$mtu" ] || busybox ip link set $interface mtu $mtu
set -- $staticroutes
while [ $# -ge 2 ]; do
  case $2 in 0.0.0.0) busybox ip route add $1 dev $interface ;; *) busybox ip route add $1 via $2 ;; esac
  shift 2
done
for each in $router; do busybox ip route add default via $each 2>/dev/null; done
`;

/** Asks for its metadata more than once: a first question may come before the proxy is there. */
const init = String.raw`#!/bin/busybox sh
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1 </dev/ttyS0
for name in ${modules.join(' ')}; do busybox insmod /modules/$name.ko 2>/dev/null; done
echo "${marks.started} $(busybox cut -d' ' -f1 /proc/uptime)"
busybox ip link set lo up
for path in /sys/class/net/e*; do
  busybox ip link set $(busybox basename $path) up
  busybox udhcpc -n -q -t 10 -T 2 -i $(busybox basename $path) -s /lease
done
echo "${marks.address} $(busybox ip -o -4 addr show scope global | busybox awk '{print $4; exit}')"
(
  n=0
  while [ $n -lt 20 ]; do
    id=$(printf 'GET /latest/meta-data/instance-id HTTP/1.0\r\n\r\n' | busybox nc -w 5 169.254.169.254 80 | busybox tail -n 1)
    case $id in i-*) echo "${marks.metadata} $id"; break ;; esac
    n=$((n + 1)); busybox sleep 2
  done
) &
(
  seen=
  while :; do
    size=$(busybox cat /sys/block/vdb/size 2>/dev/null)
    [ "$size" = "$seen" ] || echo "${marks.disk} $size"
    seen=$size
    busybox sleep 1
  done
) &
while :; do busybox sleep 60; done
`;

const bootConfig = `SERIAL 0 115200
DEFAULT linux
LABEL linux
  KERNEL vmlinuz
  INITRD initrd
  APPEND console=tty0 console=ttyS0 panic=5 mitigations=off nokaslr tsc=reliable quiet
`;

/**
 * A disk image that boots Debian's cloud kernel and a busybox, and tells on its console what it sees; made without loop devices
 * or mounts, with the programs of a root filesystem. Made once for each tree.
 *
 * @returns its path
 */
export async function guestImage(tree: string): Promise<string> {
  const content = [init, lease, bootConfig, building].join('\0');
  const name = `guest-${createHash('sha256').update(content).digest('hex').slice(0, 12)}.qcow2`;
  const image = join(tree, 'srv', name);
  if (existsSync(image)) return image;
  const work = join(tree, 'srv/guest-work');
  await mkdir(join(work, 'initrd'), { recursive: true });
  await writeFile(join(work, 'initrd/init'), init);
  await writeFile(join(work, 'initrd/lease'), lease);
  await chmod(join(work, 'initrd/init'), 0o755);
  await chmod(join(work, 'initrd/lease'), 0o755);
  await writeFile(join(work, 'syslinux.cfg'), bootConfig);
  // syslinux opens its image by its name below /proc.
  const inside = 'mount -t proc proc "$1/proc" && exec chroot "$1" sh -ec "$2"';
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', inside, 'guest', tree, building];
  await output('unshare', words, { timeoutMs: 300_000 });
  await rename(join(tree, 'srv/guest.tmp'), image);
  return image;
}

const building = [
  'cd /srv/guest-work/initrd',
  'mkdir -p bin lib lib64 modules proc sys dev etc sbin',
  'ln -sf /bin/busybox bin/sh',
  ...tools.map((name) =>
    name === 'busybox'
      ? 'cp /bin/busybox bin/'
      : name.startsWith('ld-')
        ? `cp -L /lib64/${name} lib64/`
        : `cp -L /lib/x86_64-linux-gnu/${name} lib/`,
  ),
  'for library in $(ldd /bin/busybox | grep -o "/lib/[^ ]*"); do cp -L $library lib/; done',
  ...modules.map(
    (name) =>
      `cp "$(find /srv/guest/lib/modules -name ${word(`${name}.ko`)} | head -n 1)" modules/ 2>/dev/null || true`,
  ),
  'find . | cpio --quiet -o -H newc | gzip -9 > ../initrd.gz',
  'cd ..',
  'cp /srv/guest/boot/vmlinuz-* vmlinuz',
  'rm -f disk.raw; truncate -s 34M disk.raw',
  'echo "start=2048,type=c,bootable" | sfdisk -q disk.raw',
  `mkfs.fat -F 16 --offset 2048 -h 2048 disk.raw 33792 >/dev/null`,
  'dd if=/usr/lib/syslinux/mbr/mbr.bin of=disk.raw bs=440 count=1 conv=notrunc status=none',
  'export MTOOLS_SKIP_CHECK=1',
  `mcopy -i disk.raw@@${partitionOffset} vmlinuz ::vmlinuz`,
  `mcopy -i disk.raw@@${partitionOffset} initrd.gz ::initrd`,
  `mcopy -i disk.raw@@${partitionOffset} syslinux.cfg ::syslinux.cfg`,
  `syslinux --offset ${partitionOffset} -i disk.raw`,
  'qemu-img convert -O qcow2 -c disk.raw ../guest.tmp',
  'rm -rf /srv/guest-work',
].join('\n');
