import type { MountedVolume } from '../../../render/pod.js';
import { ovnOrdersName } from '../backend.js';

/** What is ordered of members, and which clusters there are. Written by the keeper; a pod starts without it. */
export const ovnOrders: MountedVolume = {
  volume: { name: 'orders', configMap: { name: ovnOrdersName, optional: true } },
  path: '/etc/ovn-state',
  readOnly: true,
};

/**
 * Shell for clients of OVN's databases. A database that began anew counts its changes from the beginning, and a client that
 * knew the old one takes every member for one with stale data, for ever: `follow` lets a command make it forget that when the
 * keeper names another cluster. ovn-northd(8) and ovn-controller(8): cluster-state-reset.
 */
export const followClusters = String.raw`cluster_of() { cat "${'$'}{ORDERS:-/etc/ovn-state}/$1.cluster" 2>/dev/null || true; }
follow() {
  side=$1
  shift
  was=$(cluster_of "$side")
  while sleep "${'$'}{EVERY:-10}"; do
    now=$(cluster_of "$side")
    if [ -n "$was" ] && [ -n "$now" ] && [ "$now" != "$was" ]; then
      echo "the database $side is another cluster than before: $*" >&2
      "$@" || continue
    fi
    [ -z "$now" ] || was=$now
  done
}
`;

export const northdSocket = '/run/ovn/ovn-northd.ctl';
export const ovnNorthd = String.raw`#!/bin/sh
set -eu
${followClusters}follow nb ovn-appctl -T 5 -t ${northdSocket} nb-cluster-state-reset &
follow sb ovn-appctl -T 5 -t ${northdSocket} sb-cluster-state-reset &
exec ovn-northd -vconsole:info --unixctl=${northdSocket} "--ovnnb-db=$OVN_NORTHBOUND" "--ovnsb-db=$OVN_SOUTHBOUND"
`;
