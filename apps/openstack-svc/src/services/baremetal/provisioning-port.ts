import { projectCloudsFile } from '../../conventions/client.js';
import type { Chart } from '../../render/chart.js';
import { script } from '../../render/files.js';
import { type ContainerPart, emptyDirectory, hostPath, type PodPart, roleLabels } from '../../render/pod.js';
import { bindsServices, networkName } from './network.js';

/** What a conductor has besides when it serves on the network of the cloud: a port there, which is the interface that it serves on. */
type Bound = Required<Pick<PodPart, 'before' | 'files' | 'scripts' | 'mounts' | 'nodes'>>;

const unbound: Bound = { before: [], files: [], scripts: [], mounts: [], nodes: [] };

/** Controllers that have no switch of the cloud are left out. */
export function provisioningPort(chart: Chart): Bound {
  if (!bindsServices(chart.cloud)) return unbound;
  const port = script(chart, 'ironic-port.sh', finding);
  const plug = script(chart, 'ironic-plug.sh', plugging);
  const before: readonly ContainerPart[] = [
    {
      name: 'port',
      image: 'openstackclient',
      command: [port.path],
      weight: 'job',
      env: [
        { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        { name: 'NETWORK', value: networkName(chart.cloud) },
      ],
    },
    {
      name: 'plug',
      image: 'neutron',
      command: [plug.path],
      weight: 'job',
      rights: 'privileged',
      runAsUser: 0,
      env: [{ name: 'PXE_INTERFACE', value: chart.cloud.spec.features.ironic.provisioning_interface }],
    },
  ];
  return {
    before,
    files: [projectCloudsFile(chart, 'ironic')],
    scripts: [port, plug],
    mounts: [
      emptyDirectory('provisioning-port', '/run/provisioning-port'),
      hostPath('run-openvswitch', '/run/openvswitch', { type: 'DirectoryOrCreate' }),
    ],
    nodes: [{ key: roleLabels.network, operator: 'In', values: ['enabled'] }],
  };
}

/** One port for each node, made once: a conductor that is back on it has its address again. */
const finding = String.raw`#!/bin/sh
set -eu
export OS_CLOUD=ironic
name=ironic-conductor-$NODE_NAME
openstack port show "$name" >/dev/null 2>&1 || openstack port create "$name" --network "$NETWORK" --host "$NODE_NAME" \
  --device-owner ironic:conductor --no-security-group --disable-port-security
field() { openstack "$1" show "$2" -f value -c "$3"; }
fixed() { openstack port show "$name" -f json -c fixed_ips | python3 -c 'import json, sys; print(json.load(sys.stdin)["fixed_ips"][0][sys.argv[1]])' "$1"; }
prefix=$(field subnet "$(fixed subnet_id)" cidr)
cat > /run/provisioning-port/port <<EOF
id=$(field port "$name" id)
mac=$(field port "$name" mac_address)
address=$(fixed ip_address)/${'$'}{prefix#*/}
mtu=$(field network "$NETWORK" mtu)
EOF
`;

/** neutron's cleanup of a node leaves it alone. */
const plugging = String.raw`#!/bin/sh
set -eu
. /run/provisioning-port/port
ovs-vsctl --timeout=30 --may-exist add-port br-int "$PXE_INTERFACE" -- set Interface "$PXE_INTERFACE" type=internal \
  external-ids:iface-status=active external-ids:attached-mac="$mac" external-ids:iface-id="$id" \
  external-ids:skip_cleanup=true mtu_request="$mtu"
ip link set dev "$PXE_INTERFACE" address "$mac" up
ip -4 address flush dev "$PXE_INTERFACE"
ip address add "$address" dev "$PXE_INTERFACE"
`;
