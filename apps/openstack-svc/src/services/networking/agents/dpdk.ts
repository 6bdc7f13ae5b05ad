import type { Cloud } from '../../../cloud/cloud.js';
import { type Chart, chartOf } from '../../../render/chart.js';
import { type Script, script } from '../../../render/files.js';
import { type Repeated, repeated } from '../../../render/ini.js';
import type { EnvVar } from '../../../render/kubernetes.js';
import type { ContainerPart } from '../../../render/pod.js';

type Dpdk = NonNullable<Cloud['spec']['features']['neutron']['dpdk']>;
type Port = Pick<Dpdk['nics'][number], 'name' | 'pci_id' | 'driver' | 'n_rxq'>;

const pageMebibytes = { '2Mi': 2, '1Gi': 1024 } as const;

/** DPDK of the nodes that are rendered for; undefined where it is off. */
export function dpdkOf({ spec }: Cloud): Dpdk | undefined {
  const { dpdk } = spec.features.neutron;
  return dpdk?.enabled === true ? dpdk : undefined;
}

/**
 * Huge pages that the switch is given: as many as the spec says, and no fewer than DPDK takes at its start. A pod that asks for
 * none may have none (`hugetlb` of its cgroup is 0), and DPDK does not start then. The node must have booted with them: the
 * kubelet counts pages when it starts, and no node that has too few is given the pod.
 * https://kubernetes.io/docs/tasks/manage-hugepages/scheduling-hugepages/
 */
export function hugePages({ hugepages: { size, amount }, socket_memory: memory }: Dpdk): Record<string, string> {
  const page = pageMebibytes[size];
  const atStart = memory.split(',').reduce((sum, ofNode) => sum + Number(ofNode), 0);
  const pages = Math.ceil(Math.max(mebibytesOf(amount, page), atStart) / page);
  return { [`hugepages-${size}`]: quantityOf(pages * page) };
}

/**
 * What of a node's huge pages nova must not count on: those that the switch takes at its start on each NUMA node. The kubelet's
 * count, by which the pod is placed, is not known to nova, and libvirt takes pages without asking the kubelet.
 * https://docs.openstack.org/nova/2024.1/configuration/config.html#DEFAULT.reserved_huge_pages
 */
export function reservedHugePages(cloud: Cloud): Repeated | undefined {
  const dpdk = dpdkOf(cloud);
  if (dpdk === undefined) return undefined;
  const page = pageMebibytes[dpdk.hugepages.size];
  const pages = dpdk.socket_memory.split(',').map((mebibytes) => Math.ceil(Number(mebibytes) / page));
  const lines = pages.flatMap((count, node) =>
    count === 0 ? [] : [`node:${node},size:${page * 1024},count:${count}`],
  );
  return lines.length === 0 ? undefined : repeated(...lines);
}

/** A number is one of pages, text an amount of memory, as MOSK has it. */
function mebibytesOf(amount: number | string, page: number): number {
  const [, count = '0', unit] = /^([0-9]+)(Mi|Gi)?$/u.exec(String(amount)) ?? [];
  return Number(count) * (unit === 'Gi' ? 1024 : unit === 'Mi' ? 1 : page);
}

/** As the API server writes it back: another text for the same amount would look like a change. */
function quantityOf(mebibytes: number): string {
  return mebibytes > 0 && mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

/** Before the switch starts: devices are with a driver of user space. */
export function dpdkDevices(chart: Chart): ContainerPart | undefined {
  const dpdk = dpdkOf(chart.cloud);
  if (dpdk === undefined) return undefined;
  const ports: readonly Port[] = [...dpdk.nics, ...dpdk.bonds.flatMap(({ nics }) => nics)];
  return {
    name: 'dpdk-devices',
    image: 'openvswitch',
    command: [dpdkScript(chart).path],
    weight: 'job',
    rights: 'privileged',
    runAsUser: 0,
    env: [
      { name: 'DEVICES', value: ports.map(({ pci_id, driver }) => `${pci_id}=${driver ?? dpdk.driver}`).join(' ') },
    ],
  };
}

export function dpdkScripts(cloud: Cloud): readonly Script[] {
  return [dpdkScript(chartOf(cloud, 'networking', 'openvswitch'))];
}

function dpdkScript(chart: Chart): Script {
  return script(chart, 'openvswitch-dpdk.sh', devices);
}

/**
 * What the start script of an agent does to the switch for DPDK: a line of words for ovs-vsctl each in `DPDK_PORTS`, and in
 * `DPDK_ADDRESSES` what bridges are given as `bridge=address`.
 */
export function dpdkVariables(cloud: Cloud): readonly EnvVar[] {
  const dpdk = dpdkOf(cloud);
  if (dpdk === undefined) return [];
  const addresses = dpdk.bridges.flatMap(({ name, ip_address: address }) =>
    address === undefined ? [] : [`${name}=${address}`],
  );
  return [
    { name: 'DPDK_PORTS', value: portLines(dpdk).join('\n') },
    { name: 'DPDK_ADDRESSES', value: addresses.join(' ') },
  ];
}

function portLines({ bridges, nics, bonds }: Dpdk): readonly string[] {
  const names = new Set([...bridges.map(({ name }) => name), ...[...nics, ...bonds].map(({ bridge }) => bridge)]);
  return [
    ...[...names].map((name) => `--may-exist add-br ${name} -- set bridge ${name} datapath_type=netdev`),
    ...nics.map((nic) => `--may-exist add-port ${nic.bridge} ${nic.name} ${interfaceWords(nic, nic.mtu)}`),
    ...bonds.map(({ name, bridge, bond_mode: mode, lacp = 'off', ovs_options: more, mtu, nics: members }) => {
      const own = members.map((member) => member.name).join(' ');
      const interfaces = members.map((member) => interfaceWords(member, mtu)).join(' ');
      // Set of a bond that is there too; of a column that is named twice, the later holds.
      const options = [`bond_mode=${mode}`, `lacp=${lacp}`, ...(more === undefined ? [] : [more.trim()])].join(' ');
      return `--may-exist add-bond ${bridge} ${name} ${own} -- set port ${name} ${options} ${interfaces}`;
    }),
  ];
}

function interfaceWords({ name, pci_id: device, n_rxq: queues }: Port, mtu: number | undefined): string {
  const words = [`type=dpdk`, `options:dpdk-devargs=${device}`];
  if (queues !== undefined) words.push(`options:n_rxq=${queues}`);
  if (mtu !== undefined) words.push(`mtu_request=${mtu}`);
  return `-- set interface ${name} ${words.join(' ')}`;
}

/** Documentation/ABI/testing/sysfs-bus-pci of Linux. */
export const devices = String.raw`#!/bin/sh
set -eu
sys=${'$'}{SYS:-/sys}
driver_of() { basename "$(readlink -f "$1/driver" 2>/dev/null || true)"; }
for each in $DEVICES; do
  pci=${'$'}{each%=*}
  driver=${'$'}{each#*=}
  device=$sys/bus/pci/devices/$pci
  [ -e "$device" ] || { echo "there is no PCI device $pci" >&2; exit 1; }
  [ "$(driver_of "$device")" != "$driver" ] || continue
  modprobe "$driver"
  echo "$driver" > "$device/driver_override"
  [ ! -e "$device/driver" ] || echo "$pci" > "$device/driver/unbind"
  echo "$pci" > "$sys/bus/pci/drivers_probe"
  [ "$(driver_of "$device")" = "$driver" ] || { echo "$pci could not be given to the driver $driver" >&2; exit 1; }
done
`;
