import type { Chart } from '../../render/chart.js';
import { type Script, script } from '../../render/files.js';

/** Scripts of the resources in the order: make them, start a daemon that knows them, give a node its port. */
export function resourceScripts(chart: Chart): readonly [create: Script, start: Script, port: Script] {
  return [
    script(chart, 'octavia-create-resources.sh', create),
    script(chart, 'octavia-start.sh', daemonStart),
    script(chart, 'octavia-port.sh', port),
  ];
}

/** What amphorae need in the cloud that they run in; what is there is left alone. */
const create = String.raw`#!/bin/sh
set -eu
export OS_CLOUD=octavia
wanted() { python3 -c "import json, sys; print(json.load(open('/etc/octavia-resources/wanted.json')).get(sys.argv[1], ''))" "$1"; }
network=$(wanted network)
set --
[ -z "$(wanted pool_start)" ] || set -- --allocation-pool "start=$(wanted pool_start),end=$(wanted pool_end)"
openstack network show "$network" >/dev/null 2>&1 || openstack network create "$network"
openstack subnet show "$network-subnet" >/dev/null 2>&1 || openstack subnet create "$network-subnet" --network "$network" \
  --subnet-range "$(wanted range)" --gateway none "$@"
for group in lb-mgmt-sec-grp lb-health-mgr-sec-grp; do
  openstack security group show "$group" >/dev/null 2>&1 || openstack security group create "$group"
done
rule() { openstack security group rule create "$@" >/dev/null 2>&1 || true; }
rule lb-mgmt-sec-grp --protocol icmp
rule lb-mgmt-sec-grp --protocol tcp --dst-port 22
rule lb-mgmt-sec-grp --protocol tcp --dst-port 9443
rule lb-health-mgr-sec-grp --protocol udp --dst-port 5555
openstack flavor show amphora >/dev/null 2>&1 ||
  openstack flavor create --id auto --ram 1024 --disk 2 --vcpus 1 --private amphora
`;

/**
 * Ids are found by name when a daemon starts, for they are not known before the resources exist. Daemons share their node's port
 * on the management network, which the health manager of the node makes. To whom new amphorae report is read once by a daemon:
 * every five minutes it is looked whether health managers have come or gone, and then it begins anew.
 */
export const daemonStart = String.raw`#!/bin/sh
set -eu
export OS_CLOUD=octavia
address() { ip -o -4 address show dev o-hm0 2>/dev/null | awk '{sub(/\/.*/, "", $4); print $4; exit}'; }
listed() {
  openstack port list --device-owner octavia:health-mgr -f json -c fixed_ips |
    python3 -c 'import json, sys; print(",".join(sorted(ip["ip_address"] + ":5555" for port in json.load(sys.stdin) for ip in port.get("fixed_ips", port.get("Fixed IP Addresses", [])))))'
}
left=60
until bind=$(address) && [ -n "$bind" ]; do
  left=$((left - 1))
  if [ "$left" -le 0 ]; then
    echo "o-hm0 has no address on this node: see the init container 'port' of the node's octavia-health-manager" >&2
    exit 1
  fi
  sleep 5
done
network=$(openstack network show "$LB_NETWORK" -f value -c id)
group=$(openstack security group show lb-mgmt-sec-grp -f value -c id)
flavor=$(openstack flavor show amphora -f value -c id)
addresses=$(listed)
cat > "${'$'}{RESOURCES:-/tmp/resources.conf}" <<EOF
[controller_worker]
amp_boot_network_list = $network
amp_secgroup_list = $group
amp_flavor_id = $flavor
[health_manager]
controller_ip_port_list = $addresses
bind_ip = $bind
EOF
"$1" --config-file /etc/octavia/octavia.conf --config-file "${'$'}{RESOURCES:-/tmp/resources.conf}" &
child=$!
stop() {
  kill "$child" 2>/dev/null || true
  wait "$child" || true
}
trap 'stop; exit 0' TERM
rounds=0
while kill -0 "$child" 2>/dev/null; do
  sleep "${'$'}{EVERY:-5}" &
  wait $! || true
  rounds=$((rounds + 1))
  [ "$((rounds % 60))" = 0 ] || continue
  now=$(listed) || continue
  if [ "$now" != "$addresses" ]; then
    echo "health managers are at $now, and were at $addresses: $1 begins anew" >&2
    stop
    exec sh "$0" "$1"
  fi
done
wait "$child"
`;

const port = String.raw`#!/bin/sh
set -eu
export OS_CLOUD=octavia
name=octavia-health-manager-port-$NODE_NAME
network=$LB_NETWORK
openstack port show "$name" >/dev/null 2>&1 || openstack port create "$name" --network "$network" --host "$NODE_NAME" \
  --device-owner octavia:health-mgr --security-group lb-health-mgr-sec-grp
id=$(openstack port show "$name" -f value -c id)
mac=$(openstack port show "$name" -f value -c mac_address)
address=$(openstack port show "$name" -f json -c fixed_ips | python3 -c 'import json, sys; print(json.load(sys.stdin)["fixed_ips"][0]["ip_address"])')
prefix=$(openstack subnet show "$network-subnet" -f value -c cidr | sed 's/.*\///')
ovs-vsctl --timeout=30 --may-exist add-port br-int o-hm0 -- set Interface o-hm0 type=internal \
  external-ids:iface-status=active external-ids:attached-mac="$mac" external-ids:iface-id="$id"
ip link set dev o-hm0 address "$mac"
ip address replace "$address/$prefix" dev o-hm0
ip link set dev o-hm0 up mtu 1400
`;
