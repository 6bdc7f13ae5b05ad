/**
 * Starts a member of etcd. One with data goes on with it. One without data asks the others whether there is a cluster: where
 * none answers it begins one with them, all at once. A cluster that still knows a member which had begun under this address
 * has lost its data, and etcd refuses that it begins again as the same: it is removed and added as a new one, which copies all
 * from the others. etcd refuses both while the others have no quorum or have not all been connected for five seconds: a
 * minute of that is waited for, then the container begins again. One that is listed from the beginning and has never told where
 * clients reach it is merely late.
 * https://etcd.io/docs/v3.5/op-guide/runtime-configuration/, "Replace a failed machine".
 */
export const etcdStart = String.raw`#!/bin/sh
set -eu
ask() {
  endpoint=$1
  shift
  etcdctl --endpoints="$endpoint" --dial-timeout=3s --command-timeout=10s "$@"
}
patiently() {
  tries=0
  until ask "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 12 ] || exit 1
    sleep "${'$'}{EVERY:-5}"
  done
}
list=
if [ ! -d "$ETCD_DATA_DIR/member/wal" ]; then
  for member in $MEMBERS; do
    [ "$member" != "$ETCD_ADVERTISE_CLIENT_URLS" ] || continue
    if list=$(ask "$member" member list --write-out=simple 2>/dev/null); then break; fi
    list=
  done
fi
if [ -n "$list" ]; then
  known=$(echo "$list" | awk -F ', ' -v peer="$ETCD_INITIAL_ADVERTISE_PEER_URLS" \
    '$4 == peer { print ($2 == "started" && $5 == "") ? "awaited" : $1 }')
  if [ "$known" != awaited ]; then
    echo "$ETCD_NAME has no data and there is a cluster: it joins anew ${'$'}{known:+in the place of $known}" >&2
    [ -z "$known" ] || patiently "$member" member remove "$known"
    added=$(patiently "$member" member add "$ETCD_NAME" --peer-urls="$ETCD_INITIAL_ADVERTISE_PEER_URLS")
    ETCD_INITIAL_CLUSTER=$(echo "$added" | sed -n 's/^ETCD_INITIAL_CLUSTER="\(.*\)"$/\1/p')
    ETCD_INITIAL_CLUSTER_STATE=existing
    export ETCD_INITIAL_CLUSTER ETCD_INITIAL_CLUSTER_STATE
  fi
fi
exec etcd
`;
