/**
 * One backup into /backup, full or on top of the last one, and away with those that are too many. A backup is a directory
 * with its stream and the position it ends at: `base/<when>` or `incr/<when of its base>/<when>`. It gets its name when it
 * is whole. Streams: https://mariadb.com/kb/en/mariabackup-options/, --stream, --extra-lsndir and --incremental-basedir.
 */
export const databaseBackup = String.raw`#!/bin/bash
set -eu -o pipefail
. /etc/mysql-backup/backup.env
cd /backup
mkdir -p base incr
rm -rf base/*.partial incr/*/*.partial
now=$(date -u +%Y-%m-%d_%H-%M-%S)
base=$(ls base | sort | tail -n 1)
target="base/$now"
from=
if [ "$BACKUP_TYPE" = incremental ] && [ -n "$base" ]; then
  age=$(( $(date +%s) - $(stat -c %Y "base/$base") ))
  if [ "$age" -lt "$FULL_BACKUP_CYCLE" ]; then
    mkdir -p "incr/$base"
    target="incr/$base/$now"
    last=$(ls "incr/$base" | sort | tail -n 1)
    from="base/$base"
    [ -z "$last" ] || from="incr/$base/$last"
  fi
fi
part="$target.partial"
mkdir -p "$part"
seal() { cat; }
name=backup.mbstream
if [ -e /etc/mysql-backup/key ]; then
  name=backup.mbstream.enc
  seal() { openssl enc -aes-256-cbc -pbkdf2 -salt -pass file:/etc/mysql-backup/key; }
fi
set -- --defaults-extra-file=/etc/mysql-backup/client.cnf --backup --stream=mbstream --extra-lsndir="$part" --target-dir=/tmp
[ -z "$from" ] || set -- "$@" --incremental-basedir="$from"
mariadb-backup "$@" | seal > "$part/$name"
sync "$part/$name"
mv "$part" "$target"
ls base | sort -r | tail -n "+$((BACKUPS_TO_KEEP + 1))" | while read -r old; do
  rm -rf "base/$old" "incr/$old"
done
echo "made $target"
`;

/**
 * Copies /backup to the one remote, and takes away there what is too much there: what is missing here is not, so that a volume
 * that is lost takes no backup with it.
 */
export const backupSync = String.raw`#!/bin/sh
set -eu
. /etc/mysql-backup/remote.env
. /etc/mysql-backup/backup.env
remote() { rclone --config /etc/mysql-backup/rclone.conf "$@"; }
remote copy --exclude '*.partial/**' /backup "$REMOTE"
bases=$(remote lsf --dirs-only "$REMOTE/base" | sort -r)
increments=$(remote lsf --dirs-only "$REMOTE/incr" 2>/dev/null) || [ "$?" = 3 ]
kept=$(echo "$bases" | head -n "$BACKUPS_TO_KEEP")
for one in $bases; do
  echo "$kept" | grep -qxF "$one" || remote purge "$REMOTE/base/${'$'}{one%/}"
done
for one in $increments; do
  echo "$kept" | grep -qxF "$one" || remote purge "$REMOTE/incr/${'$'}{one%/}"
done
`;

/** Brings what a backup consists of back from the remote, where the volume has it no more. 3 is rclone's word for what is not there. */
export const backupFetch = String.raw`#!/bin/sh
set -eu
. /etc/mysql-backup/remote.env
. /etc/mysql-restore/restore.env
remote() { rclone --config /etc/mysql-backup/rclone.conf "$@"; }
fetch() {
  [ ! -d "/backup/$1" ] || return 0
  rm -rf "/backup/$1.partial"
  remote copy "$REMOTE/$1" "/backup/$1.partial" || [ "$?" = 3 ]
  [ -d "/backup/$1.partial" ] || return 0
  mv "/backup/$1.partial" "/backup/$1"
  echo "fetched $1"
}
base="${'$'}{BACKUP_NAME%%/*}"
mkdir -p /backup/base "/backup/incr/$base"
fetch "base/$base"
increments=$(remote lsf --dirs-only "$REMOTE/incr/$base" 2>/dev/null) || [ "$?" = 3 ]
for one in $increments; do
  fetch "incr/$base/${'$'}{one%/}"
done
`;

/** Whether all that a backup consists of is there: itself and, for an incremental one, what it is made on top of. */
export const restoreCheck = String.raw`#!/bin/bash
set -eu
. /etc/mysql-restore/restore.env
. /opt/keelson/bin/mariadb-chain.sh
parts=$(chain)
for part in $parts; do
  stream "$part" >/dev/null
done
echo "the backup $BACKUP_NAME consists of: $parts"
`;

/** Sourced: the directories of a backup in the order in which they are put together, and how each is read. */
export const restoreChain = String.raw`
base="${'$'}{BACKUP_NAME%%/*}"
last="${'$'}{BACKUP_NAME#"$base"}"
last="${'$'}{last#/}"
chain() {
  echo "/backup/base/$base"
  [ -z "$last" ] && return 0
  if [ ! -d "/backup/incr/$base/$last" ]; then
    echo "there is no backup $BACKUP_NAME; there are, on top of $base: $(ls "/backup/incr/$base" 2>/dev/null | tr '\n' ' ')" >&2
    exit 1
  fi
  for one in $(ls "/backup/incr/$base" | sort); do
    echo "/backup/incr/$base/$one"
    [ "$one" != "$last" ] || return 0
  done
}
stream() {
  if [ -e "$1/backup.mbstream" ]; then echo "$1/backup.mbstream"
  elif [ -e "$1/backup.mbstream.enc" ]; then
    if [ ! -e /etc/mysql-backup/key ]; then echo "$1 is encrypted: enable features.database.backup.encryption" >&2; exit 1; fi
    echo "$1/backup.mbstream.enc"
  else echo "there is no backup $1; there are: $(ls /backup/base 2>/dev/null | tr '\n' ' ')" >&2; exit 1
  fi
}
unseal() {
  case "$1" in
  *.enc) openssl enc -d -aes-256-cbc -pbkdf2 -pass file:/etc/mysql-backup/key -in "$1" ;;
  *) cat "$1" ;;
  esac
}
`;

/**
 * Puts a backup in the place of a member's data. It is made beside it, so that a run that is cut short has changed nothing;
 * what was there before is kept as data.before until the next restore.
 */
export const restoreCopy = String.raw`#!/bin/bash
set -eu -o pipefail
. /etc/mysql-restore/restore.env
. /opt/keelson/bin/mariadb-chain.sh
cd /var/lib/mysql
if [ "$(cat data/restored 2>/dev/null || true)" = "$RESTORE_ID" ]; then
  echo "$BACKUP_NAME is in place"
  exit 0
fi
if [ ! -e restoring/restored ] || [ "$(cat restoring/restored)" != "$RESTORE_ID" ]; then
  rm -rf restoring increment
  mkdir restoring
  parts=$(chain)
  for part in $parts; do
    file=$(stream "$part")
    if [ "$part" = "/backup/base/$base" ]; then
      unseal "$file" | mbstream -x -C restoring
      mariadb-backup --prepare --target-dir=restoring
    else
      rm -rf increment
      mkdir increment
      unseal "$file" | mbstream -x -C increment
      mariadb-backup --prepare --target-dir=restoring --incremental-dir=increment
    fi
    echo "put together: $part"
  done
  rm -rf increment
  printf '# GALERA saved state\nversion: 2.1\nuuid:    00000000-0000-0000-0000-000000000000\nseqno:   -1\nsafe_to_bootstrap: 1\n' > restoring/grastate.dat
  [ "$(id -u)" != 0 ] || chown -R mysql:mysql restoring
  echo "$RESTORE_ID" > restoring/restored
  sync
fi
if [ -e data ]; then
  rm -rf data.before
  mv data data.before
fi
mv restoring data
sync
echo "$BACKUP_NAME is in place"
`;
