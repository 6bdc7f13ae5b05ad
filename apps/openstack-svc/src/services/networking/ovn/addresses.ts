import type { Cloud } from '../../../cloud/cloud.js';
import type { Chart } from '../../../render/chart.js';
import { type Script, script } from '../../../render/files.js';
import type { ContainerPart, PodPart } from '../../../render/pod.js';
import { ovnConnection } from '../backend.js';
import { followClusters, ovnOrders } from './clusters.js';

/**
 * Python's client of OVSDB does not resolve names (https://bugs.launchpad.net/neutron/+bug/2028442): what is written in Python
 * is given addresses, in a file that is read after the one with the names.
 */
const path = '/tmp/ovn.ini';
export const addressFlags: readonly string[] = ['--config-file', path];

/** A command that begins when the addresses are known, and begins again when a database is another cluster. */
export function withOvnAddresses(
  cloud: Cloud,
  command: readonly string[],
): Pick<ContainerPart, 'command'> & Required<Pick<ContainerPart, 'env'>> {
  return {
    command: ['/opt/keelson/bin/ovn-addresses.sh', ...command],
    env: [
      { name: 'OVN_NORTHBOUND', value: ovnConnection(cloud, 'northbound') },
      { name: 'OVN_SOUTHBOUND', value: ovnConnection(cloud, 'southbound') },
    ],
  };
}

/** A pod that sees which clusters there are: what runs in it is ended, and so started anew, when there is another. */
export function readingClusters<P extends PodPart>(part: P): P {
  return { ...part, mounts: [...(part.mounts ?? []), ovnOrders] };
}

export function addressesScript(chart: Chart): Script {
  return script(chart, 'ovn-addresses.sh', resolving);
}

export const resolving = String.raw`#!/bin/sh
set -eu
resolved() {
  list=
  for each in $(echo "$1" | tr , ' '); do
    host=${'$'}{each#tcp:}
    port=${'$'}{host##*:}
    host=${'$'}{host%:*}
    address=$(getent ahostsv4 "$host" | awk '{print $1; exit}')
    [ -n "$address" ] || { echo "there is no address of $host" >&2; exit 1; }
    list=${'$'}{list:+$list,}tcp:$address:$port
  done
  echo "$list"
}
northbound=$(resolved "$OVN_NORTHBOUND")
southbound=$(resolved "$OVN_SOUTHBOUND")
cat > ${path} <<EOF
[ovn]
ovn_nb_connection = $northbound
ovn_sb_connection = $southbound
EOF
${followClusters}"$@" &
child=$!
follow nb kill -TERM "$child" &
watchers=$!
follow sb kill -TERM "$child" &
watchers="$watchers $!"
for signal in TERM INT HUP; do trap "kill -$signal $child 2>/dev/null || true" "$signal"; done
code=0
wait "$child" || code=$?
while kill -0 "$child" 2>/dev/null; do
  code=0
  wait "$child" || code=$?
done
kill $watchers 2>/dev/null || true
exit "$code"
`;
