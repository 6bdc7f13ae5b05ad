/**
 * Starts a member. Member 0 begins a new cluster when nobody else is there and nothing was there before; the last one of a
 * cluster that was stopped in order begins it again; all others join. After a crash of all members none begins by itself: each
 * leaves in its termination message how far its data goes, and the ConfigMap mariadb-mariadb-state then names the one with the
 * newest (`bootstrap`), which the recovery writes. Positions of a crashed member: https://galeracluster.com/library, galera_recovery.
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

/** One backup into /backup, full or on top of the last one, and away with those that are too many. */
export const databaseBackup = String.raw`#!/bin/sh
set -eu
. /etc/mysql-backup/backup.env
cd /backup
now=$(date -u +%Y-%m-%dT%H-%M-%SZ)
base=$(ls -d base-* 2>/dev/null | sort | tail -n 1 || true)
kind=full
if [ "$BACKUP_TYPE" = incremental ] && [ -n "$base" ]; then
  age=$(( $(date +%s) - $(stat -c %Y "$base") ))
  [ "$age" -ge "$FULL_BACKUP_CYCLE" ] || kind=incremental
fi
run() { mariadb-backup --defaults-extra-file=/etc/mysql-backup/client.cnf --backup "$@"; }
if [ "$kind" = full ]; then
  target="base-$now"
  run --target-dir="$target.partial"
else
  target="increment-$now"
  last=$(ls -d base-* increment-* 2>/dev/null | sed 's/^[a-z]*-//' | sort | tail -n 1)
  run --target-dir="$target.partial" --incremental-basedir="$(ls -d ./*-"$last")"
fi
mv "$target.partial" "$target"
ls -d base-* | sort -r | tail -n "+$((BACKUPS_TO_KEEP + 1))" | while read -r old; do
  rm -rf "$old"
done
oldest=$(ls -d base-* | sort | head -n 1 | sed 's/^base-//')
for increment in increment-*; do
  [ -d "$increment" ] || continue
  if [ "$(printf '%s\n%s\n' "${'$'}{increment#increment-}" "$oldest" | sort | head -n 1)" != "$oldest" ]; then rm -rf "$increment"; fi
done
`;
