import { followClusters } from './ovn/clusters.js';

/** Functions that the start scripts of agents share: addresses and links differ from node to node. */
const nodeFunctions = String.raw`#!/bin/sh
set -eu
address_of() { ip -o -4 address show dev "$1" scope global | awk '{sub(/\/.*/, "", $4); print $4; exit}'; }
default_interface() { ip -4 route show default | awk '{print $5; exit}'; }
tunnel_address() {
  address=$(address_of "${'$'}{TUNNEL_INTERFACE:-$(default_interface)}")
  [ -n "$address" ] || { echo "the tunnel interface $TUNNEL_INTERFACE has no address" >&2; exit 1; }
  echo "$address"
}
bridges() {
  for pair in $EXTERNAL_BRIDGES; do
    bridge=${'$'}{pair%%:*}
    link=${'$'}{pair#*:}
    ovs-vsctl --timeout=30 --may-exist add-br "$bridge" -- set bridge "$bridge" datapath_type="$DATAPATH"
    if [ -n "$link" ] && ip link show dev "$link" >/dev/null 2>&1; then
      ovs-vsctl --timeout=30 --may-exist add-port "$bridge" "$link"
      ip link set dev "$link" up
    fi
    ip link set dev "$bridge" up
  done
  echo "${'$'}{DPDK_PORTS:-}" | while read -r words; do
    # Words of a line, each its own.
    [ -z "$words" ] || ovs-vsctl --timeout=30 $words
  done
  for pair in ${'$'}{DPDK_ADDRESSES:-}; do
    ip address replace "${'$'}{pair#*=}" dev "${'$'}{pair%%=*}"
    ip link set dev "${'$'}{pair%%=*}" up
  done
}
`;

/** A script that knows the address of its node's tunnels. */
export function withTunnelAddress(text: string): string {
  return `${nodeFunctions}${text}`;
}

/** The database of the switch, which both the switch and its controllers talk to. */
export const openVSwitchDatabase = String.raw`#!/bin/sh
set -eu
mkdir -p /run/openvswitch /etc/openvswitch
[ -f /etc/openvswitch/conf.db ] || ovsdb-tool create /etc/openvswitch/conf.db
if [ "$(ovsdb-tool needs-conversion /etc/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema)" = yes ]; then
  ovsdb-tool convert /etc/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
fi
exec ovsdb-server /etc/openvswitch/conf.db -vconsole:info --remote=punix:/run/openvswitch/db.sock \
  --remote=db:Open_vSwitch,Open_vSwitch,manager_options --unixctl=/run/openvswitch/ovsdb-server.ctl
`;

/** Options that must be set before the switch starts and before any port exists. */
export const openVSwitchSwitch = String.raw`#!/bin/sh
set -eu
until ovs-vsctl --timeout=5 show >/dev/null 2>&1; do sleep 1; done
chmod 666 /run/openvswitch/db.sock
ovs-vsctl --no-wait init
ovs-vsctl --no-wait set open . external-ids:system-id="$NODE_NAME" external-ids:hostname="$NODE_NAME"
if [ -n "$OTHER_CONFIG" ]; then
  for option in $OTHER_CONFIG; do ovs-vsctl --no-wait set open . "other_config:$option"; done
fi
[ "$NEEDS_MODULE" = no ] || modprobe openvswitch
exec ovs-vswitchd unix:/run/openvswitch/db.sock -vconsole:info --unixctl=/run/openvswitch/ovs-vswitchd.ctl
`;

export const ovsAgent = `${nodeFunctions}${String.raw`
bridges
ovs-vsctl --timeout=30 --may-exist add-br br-int -- set bridge br-int datapath_type="$DATAPATH"
cat > /tmp/node.ini <<EOF
[ovs]
local_ip = $(tunnel_address)
EOF
exec neutron-openvswitch-agent --config-file /etc/neutron/neutron.conf \
  --config-file /etc/neutron/plugins/ml2/openvswitch_agent.ini --config-file /tmp/node.ini
`}`;

/**
 * The agent starts no speaker without an identifier. It is an address of the node: peers are known to Neutron's API alone, so that of
 * the interface that leads out, or what raw values say.
 */
export const bgpAgent = `${nodeFunctions}${String.raw`
id=${'$'}{ROUTER_ID:-$(address_of "$(default_interface)")}
if [ -z "$id" ]; then
  echo "the node has no default route over an IPv4 address that could identify its BGP speaker:" \
    "name one in services.networking.neutron.neutron_bgp_dragent.values.conf.bgp_dragent.bgp.bgp_router_id of the node" >&2
  exit 1
fi
printf '[bgp]\nbgp_router_id = %s\n' "$id" > /tmp/node.ini
exec neutron-bgp-dragent --config-file /etc/neutron/neutron.conf --config-file /etc/neutron/bgp_dragent.ini \
  --config-file /tmp/node.ini
`}`;

export const ovnController = `${nodeFunctions}${followClusters}${String.raw`
bridges
ovs-vsctl --timeout=30 --may-exist add-br br-int -- set bridge br-int fail_mode=secure datapath_type="$DATAPATH"
ovs-vsctl --timeout=30 set open . external-ids:ovn-remote="$OVN_REMOTE" external-ids:ovn-encap-type=geneve \
  external-ids:ovn-encap-ip="$(tunnel_address)" external-ids:ovn-bridge-datapath-type="$DATAPATH" \
  external-ids:ovn-openflow-probe-interval=60 external-ids:ovn-remote-probe-interval=60000 \
  external-ids:ovn-monitor-all=true
if [ -n "$BRIDGE_MAPPINGS" ]; then
  ovs-vsctl --timeout=30 set open . external-ids:ovn-bridge-mappings="$BRIDGE_MAPPINGS"
else
  ovs-vsctl --timeout=30 remove open . external-ids ovn-bridge-mappings
fi
macs=
for pair in $CHASSIS_MACS; do
  macs=${'$'}{macs:+$macs,}${'$'}{pair%%:*}:$(cat "${'$'}{SYS:-/sys}/class/net/${'$'}{pair#*:}/address")
done
if [ -n "$macs" ]; then
  ovs-vsctl --timeout=30 set open . external-ids:ovn-chassis-mac-mappings="$macs"
else
  ovs-vsctl --timeout=30 remove open . external-ids ovn-chassis-mac-mappings
fi
if [ -n "$CMS_OPTIONS" ]; then
  ovs-vsctl --timeout=30 set open . external-ids:ovn-cms-options="$CMS_OPTIONS"
else
  ovs-vsctl --timeout=30 remove open . external-ids ovn-cms-options
fi
follow sb ovn-appctl -T 5 -t ovn-controller sb-cluster-state-reset &
exec ovn-controller unix:/run/openvswitch/db.sock -vconsole:info --pidfile=/run/ovn/ovn-controller.pid
`}`;

/**
 * Virtual functions of network cards: `NICS` names them as `device:count:mtu:trust`. Functions that exist may be in use by guests,
 * and the kernel takes another number only after none: that is left to an operator.
 */
export const virtualFunctions = String.raw`#!/bin/sh
set -eu
for nic in $NICS; do
  device=$(echo "$nic" | cut -d: -f1)
  count=$(echo "$nic" | cut -d: -f2)
  mtu=$(echo "$nic" | cut -d: -f3)
  trust=$(echo "$nic" | cut -d: -f4)
  file=${'$'}{SYS:-/sys}/class/net/$device/device/sriov_numvfs
  [ -e "$file" ] || { echo "$device can have no virtual functions" >&2; exit 1; }
  present=$(cat "$file")
  if [ "$present" != "$count" ]; then
    if [ "$present" != 0 ]; then
      echo "$device has $present virtual functions and is to have $count: move instances away and write 0 to $file" >&2
      exit 1
    fi
    echo "$count" > "$file"
  fi
  [ -z "$mtu" ] || ip link set dev "$device" mtu "$mtu"
  ip link set dev "$device" up
  if [ -n "$trust" ]; then
    number=0
    while [ "$number" -lt "$count" ]; do
      ip link set dev "$device" vf "$number" trust "$trust"
      number=$((number + 1))
    done
  fi
done
`;
