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
}
`;

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

export const ovnController = `${nodeFunctions}${String.raw`
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
if [ -n "$CMS_OPTIONS" ]; then
  ovs-vsctl --timeout=30 set open . external-ids:ovn-cms-options="$CMS_OPTIONS"
else
  ovs-vsctl --timeout=30 remove open . external-ids ovn-cms-options
fi
exec ovn-controller unix:/run/openvswitch/db.sock -vconsole:info --pidfile=/run/ovn/ovn-controller.pid
`}`;

/**
 * A member of a database of OVN. One without data joins any member that answers, so that member 0, when it has lost its
 * volume, does not begin a second cluster; only when none answers does member 0 begin, and the others wait for it.
 */
export const ovnDatabase = String.raw`#!/bin/sh
set -eu
side=$1
member=$(hostname)
name=$member.$DISCOVERY
first=${'$'}{member%-*}-0
file=/var/lib/ovn/ovn$side.db
remote=
[ "$member" = "$first" ] || remote=$first
if [ ! -f "$file" ]; then
  for number in 0 1 2; do
    peer=${'$'}{member%-*}-$number
    [ "$peer" != "$member" ] || continue
    if ovsdb-client --timeout=5 list-dbs "tcp:$peer.$DISCOVERY:$DB_PORT" >/dev/null 2>&1; then
      remote=$peer
      break
    fi
  done
fi
set -- "--db-$side-addr=0.0.0.0" "--db-$side-cluster-local-addr=$name" "--db-$side-create-insecure-remote=yes" \
  "--db-$side-cluster-local-port=$RAFT_PORT" "--db-$side-port=$DB_PORT" "--db-$side-file=$file"
if [ -n "$remote" ]; then
  set -- "$@" "--db-$side-cluster-remote-addr=$remote.$DISCOVERY" "--db-$side-cluster-remote-port=$RAFT_PORT"
fi
exec /usr/share/ovn/scripts/ovn-ctl "$@" "run_${'$'}{side}_ovsdb"
`;

/**
 * Beside each member. The leader removes from the cluster whoever has come back under another id: a member that lost its data
 * joins as a new one, and the old id would count for the quorum for ever. Once a day followers compact what is on disk; the
 * leader does when it leads no more. Output of `cluster/status`: ovsdb-server(1).
 */
export const ovnDatabaseKeeper = String.raw`#!/bin/sh
set -eu
case $1 in nb) database=OVN_Northbound ;; *) database=OVN_Southbound ;; esac
control=/run/ovn/ovn$1_db.ctl
stamp=${'$'}{STAMP:-/var/lib/ovn/compacted}
returned() {
  awk '
    /^Servers:/ { inside = 1; next }
    !inside || !match($0, / at [^)]*\)/) { next }
    {
      address = substr($0, RSTART + 4, RLENGTH - 5)
      silent = 1000000000
      if ($0 ~ /\(self\)/) silent = 0
      else if (match($0, /last msg [0-9]+/)) silent = substr($0, RSTART + 9, RLENGTH - 9) + 0
      count++; id[count] = $1; at[count] = address; quiet[count] = silent
      if (!(address in least) || silent < least[address]) { least[address] = silent; newest[address] = $1 }
    }
    END {
      for (i = 1; i <= count; i++)
        if (id[i] != newest[at[i]] && least[at[i]] < 60000 && quiet[i] > least[at[i]]) print id[i]
    }'
}
keep() {
  status=$(ovn-appctl -T 10 -t "$control" cluster/status "$database") || return 0
  if echo "$status" | grep -q '^Role: leader'; then
    for id in $(echo "$status" | returned); do
      echo "$database: the member $id is back under another id: removed" >&2
      ovn-appctl -T 10 -t "$control" cluster/kick "$database" "$id" || true
    done
  elif [ -z "$(find "$stamp" -mtime -1 2>/dev/null)" ]; then
    ovn-appctl -T 60 -t "$control" ovsdb-server/compact "$database" && touch "$stamp" || true
  fi
}
trap 'exit 0' TERM
while :; do
  keep
  [ "${'$'}{ROUNDS:-all}" = all ] || exit 0
  sleep 60 &
  wait $!
done
`;

/** A database is ready when its cluster has a leader that this member knows. */
export const ovnDatabaseReady = String.raw`#!/bin/sh
set -eu
case $1 in nb) database=OVN_Northbound ;; *) database=OVN_Southbound ;; esac
ovn-appctl -t "/run/ovn/ovn$1_db.ctl" cluster/status "$database" | grep -q '^Leader: \(self\|[0-9a-f]\)'
`;
