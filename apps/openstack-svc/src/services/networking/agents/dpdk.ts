import type { Cloud } from '../../../cloud/cloud.js';
import { type Chart, chartOf } from '../../../render/chart.js';
import { type Script, script } from '../../../render/files.js';
import type { EnvVar } from '../../../render/kubernetes.js';
import type { ContainerPart } from '../../../render/pod.js';

type Dpdk = NonNullable<Cloud['spec']['features']['neutron']['dpdk']>;
type Port = Pick<Dpdk['nics'][number], 'name' | 'pci_id' | 'driver' | 'n_rxq'>;

const pageKilobytes: Readonly<Record<string, number>> = { '2Mi': 2_048, '1Gi': 1_048_576 };

/** DPDK of the nodes that are rendered for; undefined where it is off. */
export function dpdkOf({ spec }: Cloud): Dpdk | undefined {
  const { dpdk } = spec.features.neutron;
  return dpdk?.enabled === true ? dpdk : undefined;
}

/** Before the switch starts: huge pages are there, and devices are with a driver of user space. */
export function dpdkDevices(chart: Chart): ContainerPart | undefined {
  const dpdk = dpdkOf(chart.cloud);
  if (dpdk === undefined) return undefined;
  const { size, amount } = dpdk.hugepages ?? {};
  const pages = amount === undefined ? '' : `${pageKilobytes[size ?? ''] ?? pageKilobytes['2Mi']}:${amount}`;
  const ports: readonly Port[] = [...dpdk.nics, ...dpdk.bonds.flatMap(({ nics }) => nics)];
  return {
    name: 'dpdk-devices',
    image: 'openvswitch',
    command: [dpdkScript(chart).path],
    weight: 'job',
    rights: 'privileged',
    runAsUser: 0,
    env: [
      { name: 'HUGEPAGES', value: pages },
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
    ...bonds.map(({ name, bridge, bond_mode: mode, lacp = 'off', mtu, nics: members }) => {
      const own = members.map((member) => member.name).join(' ');
      const interfaces = members.map((member) => interfaceWords(member, mtu)).join(' ');
      return `--may-exist add-bond ${bridge} ${name} ${own} bond_mode=${mode} lacp=${lacp} ${interfaces}`;
    }),
  ];
}

function interfaceWords({ name, pci_id: device, n_rxq: queues }: Port, mtu: number | undefined): string {
  const words = [`type=dpdk`, `options:dpdk-devargs=${device}`];
  if (queues !== undefined) words.push(`options:n_rxq=${queues}`);
  if (mtu !== undefined) words.push(`mtu_request=${mtu}`);
  return `-- set interface ${name} ${words.join(' ')}`;
}

/** https://docs.openvswitch.org/en/latest/intro/install/dpdk and Documentation/ABI/testing/sysfs-bus-pci of Linux. */
export const devices = String.raw`#!/bin/sh
set -eu
sys=${'$'}{SYS:-/sys}
if [ -n "$HUGEPAGES" ]; then
  size=${'$'}{HUGEPAGES%:*}
  amount=${'$'}{HUGEPAGES#*:}
  file=$sys/kernel/mm/hugepages/hugepages-${'$'}{size}kB/nr_hugepages
  [ -e "$file" ] || { echo "this node has no huge pages of $size kB" >&2; exit 1; }
  if [ "$(cat "$file")" -lt "$amount" ]; then
    echo "$amount" > "$file"
    made=$(cat "$file")
    if [ "$made" -lt "$amount" ]; then
      echo "only $made of $amount huge pages of $size kB could be made: let the node start with them (hugepages=$amount)" >&2
      exit 1
    fi
  fi
fi
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
