/**
 * Starts a member. Member 0 begins a new cluster when nobody else is there and nothing was there before; the last one of a
 * cluster that was stopped in order begins it again; all others join. After a crash of all members none begins by itself: each
 * leaves in its termination message how far its data goes, and the ConfigMap mariadb-mariadb-state then names the one with the
 * newest (`bootstrap`), which the recovery writes. Data from a backup (`restored`) has the accounts of its time: it gets those of
 * now when it begins. Positions of a crashed member: https://galeracluster.com/library, galera_recovery.
 */
export const databaseStart = String.raw`#!/bin/sh
set -eu
data=/var/lib/mysql/data
member=$(hostname)
state=/etc/mysql-state
first=
if [ ! -d "$data/mysql" ]; then
  first=yes
  mariadb-install-db --user=mysql --datadir="$data" --skip-test-db
fi
alone() {
  for peer in $(getent ahostsv4 "$DISCOVERY" | awk '{print $1}' | sort -u); do
    [ "$peer" = "$POD_IP" ] && continue
    if timeout 3 bash -c "exec 3<>/dev/tcp/$peer/4567" 2>/dev/null; then return 1; fi
  done
  return 0
}
position() {
  found=$(sed -n 's/^uuid: *//p' "$data/grastate.dat"):$(sed -n 's/^seqno: *//p' "$data/grastate.dat")
  case "$found" in
  *:-1) mariadbd --user=mysql --wsrep-recover --disable-log-error 2>&1 |
    sed -n 's/.*WSREP: *[Rr]ecovered position: *\([0-9a-f-]*:-*[0-9]*\).*/\1/p' | tail -n 1 ;;
  *) echo "$found" ;;
  esac
}
begin=
if [ "$(cat "$state/bootstrap" 2>/dev/null || true)" = "$member" ] && alone; then
  sed -i 's/^safe_to_bootstrap:.*/safe_to_bootstrap: 1/' "$data/grastate.dat"
  begin=yes
elif grep -qs '^safe_to_bootstrap: 1' "$data/grastate.dat" && alone; then
  begin=yes
elif [ "$(cat "$state/initialised" 2>/dev/null || true)" = true ]; then
  if [ -z "$first" ] && alone; then position >/dev/termination-log || true; fi
elif [ -n "$first" ] && [ "$member" != "${'$'}{member%-0}" ] && alone; then
  begin=yes
fi
set -- mariadbd --user=mysql --wsrep-node-name="$member" --wsrep-node-address="$POD_IP"
[ -e "$data/restored" ] && [ -n "$begin" ] && first=yes
[ -z "$first" ] || [ -z "$begin" ] || set -- "$@" --init-file=/etc/mysql/first-start.sql
[ -z "$begin" ] || set -- "$@" --wsrep-new-cluster
exec "$@"
`;

/** A member is ready when it is synced in a primary component; one without Galera when it answers. */
export const databaseReady = String.raw`#!/bin/sh
set -eu
state=$(mariadb --defaults-extra-file=/etc/mysql/admin.cnf --connect-timeout=5 --batch --skip-column-names -e \
  "SELECT IF(@@wsrep_on = 0, 'ON', VARIABLE_VALUE) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'WSREP_READY'")
[ "$state" = ON ]
`;
