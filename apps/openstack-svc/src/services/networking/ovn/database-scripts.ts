/** What all scripts of a member know: which database it has, where it is, and what was ordered of it. */
const member = String.raw`#!/bin/sh
set -eu
side=$1
case $side in nb) database=OVN_Northbound ;; *) database=OVN_Southbound ;; esac
folder=${'$'}{FOLDER:-/var/lib/ovn}
file=$folder/ovn$side.db
control=/run/ovn/ovn${'$'}{side}_db.ctl
orders=${'$'}{ORDERS:-/etc/ovn-state}
ordered() { cat "$orders/$1" 2>/dev/null || true; }
noted() { cat "$folder/$1" 2>/dev/null || true; }
`;

/**
 * A member of a database of OVN. All start at once, for members wait for a majority. One without data joins any member that has
 * the database; only when none has it and no cluster of it was ever seen (`<side>.cluster`) does member 0 begin, and the others
 * wait for it: when it has lost its volume and the others are slow, member 0 would else begin a second cluster.
 *
 * An order `<id> <member>` begins the cluster anew from the data of one member, as ovsdb(7) has it for a cluster that has lost
 * its majority for good: that one makes a cluster of its own, all others put their data aside and join it. With an
 * order no cluster is known until that one leads: so a member without data knows an order that was carried out. A member that was
 * removed from its cluster while it ran ("removing database because storage disconnected permanently") does the same by itself;
 * one that was removed while it was away cannot know: an order of its own, `<side>.<member>`, makes it join again.
 */
export const ovnDatabase = String.raw`${member}
member=$(hostname)
address_of() { echo "$1.$DISCOVERY"; }
first=${'$'}{member%-*}-0
order=$(ordered "$side")
rejoin=$(ordered "$side.$member")
chosen=${'$'}{order#* }
aside() {
  [ -e "$file" ] || return 0
  rm -f "$file".aside-*
  mv "$file" "$file.aside-$1"
}
serving() {
  for number in 0 1 2; do
    peer=${'$'}{member%-*}-$number
    [ "$peer" != "$member" ] || continue
    if ovsdb-client --timeout=5 get-schema-version "tcp:$(address_of "$peer"):$DB_PORT" "$database" >/dev/null 2>&1; then
      remote=$peer
      return 0
    fi
  done
  return 1
}
begin_anew() {
  rm -f "$file.single"
  if [ -e "$file" ]; then
    rm -f "$file.anew"
    if ovsdb-tool cluster-to-standalone "$file.single" "$file"; then
      ovsdb-tool create-cluster "$file.anew" "$file.single" "tcp:$(address_of "$member"):$RAFT_PORT"
    else
      echo "$database: the data of $member cannot be read" >&2
    fi
    aside "${'$'}{order%% *}"
  fi
  [ ! -e "$file.anew" ] || mv "$file.anew" "$file"
  rm -f "$file.single"
}
if [ -n "$order" ] && [ "$order" != "$(noted "ordered-$side")" ]; then
  echo "$database: a new cluster from the data of $chosen is ordered" >&2
  if [ "$chosen" = "$member" ]; then begin_anew; else aside "${'$'}{order%% *}"; fi
  echo "$order" > "$folder/ordered-$side"
elif [ -n "$rejoin" ] && [ "$rejoin" != "$(noted "rejoined-$side")" ]; then
  aside "$rejoin"
fi
echo "$rejoin" > "$folder/rejoined-$side"
remote=
[ "$member" = "$first" ] || remote=$first
if [ ! -e "$file" ]; then
  if [ "$chosen" = "$member" ]; then remote=; elif [ -n "$chosen" ]; then remote=$chosen; fi
  until serving; do
    if [ -z "$(ordered "$side.cluster")" ]; then break; fi
    echo "$database: there is a cluster and nobody of it answers: $member waits" >&2
    sleep "${'$'}{EVERY:-5}"
    if [ "$(ordered "$side")" != "$order" ]; then exec sh "$0" "$side"; fi
  done
fi
set -- "--db-$side-addr=0.0.0.0" "--db-$side-cluster-local-addr=$(address_of "$member")" "--db-$side-create-insecure-remote=yes" \
  "--db-$side-cluster-local-port=$RAFT_PORT" "--db-$side-port=$DB_PORT" "--db-$side-file=$file" \
  "--ovn-$side-log=-vconsole:info -vsyslog:off -vfile:off"
if [ -n "$remote" ]; then
  set -- "$@" "--db-$side-cluster-remote-addr=$(address_of "$remote")" "--db-$side-cluster-remote-port=$RAFT_PORT"
fi
/usr/share/ovn/scripts/ovn-ctl "$@" "run_${'$'}{side}_ovsdb" &
child=$!
stop() {
  ovn-appctl -T 5 -t "$control" exit || true
  kill "$child" 2>/dev/null || true
}
trap 'stop; wait "$child" || true; exit 0' TERM
away=0
while kill -0 "$child" 2>/dev/null; do
  sleep "${'$'}{EVERY:-5}" &
  wait $!
  if [ "$(ordered "$side")" != "$order" ] || [ "$(ordered "$side.$member")" != "$rejoin" ]; then stop; fi
  if ovn-appctl -T 5 -t "$control" version >/dev/null 2>&1 &&
    ! ovn-appctl -T 5 -t "$control" cluster/status "$database" >/dev/null 2>&1; then
    away=$((away + 1))
  else
    away=0
  fi
  if [ "$away" -ge 6 ]; then
    echo "$database: this member was removed from its cluster: it joins again" >&2
    stop
    aside removed
  fi
done
wait "$child"
`;

/**
 * Beside each member. The leader removes from the cluster whoever has come back under another id: a member that lost its data
 * joins as a new one, and the old id would count for the quorum for ever. Once a day followers compact what is on disk; the
 * leader does when it leads no more. All do when it is ordered (`compact`): a leader hands its lead over first.
 * Output of `cluster/status`: ovsdb-server(1).
 */
export const ovnDatabaseKeeper = String.raw`${member}
stamp=${'$'}{STAMP:-$folder/compacted}
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
compact() { ovn-appctl -T 60 -t "$control" ovsdb-server/compact "$database" && touch "$stamp"; }
keep() {
  status=$(ovn-appctl -T 10 -t "$control" cluster/status "$database") || return 0
  order=$(ordered compact)
  if [ -n "$order" ] && [ "$order" != "$(noted compact-ordered)" ]; then
    if compact; then echo "$order" > "$folder/compact-ordered"; fi
  elif echo "$status" | grep -q '^Role: leader'; then
    for id in $(echo "$status" | returned); do
      echo "$database: the member $id is back under another id: removed" >&2
      ovn-appctl -T 10 -t "$control" cluster/kick "$database" "$id" || true
    done
  elif [ -z "$(find "$stamp" -mtime -1 2>/dev/null)" ]; then
    compact || true
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
export const ovnDatabaseReady = String.raw`${member}
ovn-appctl -t "$control" cluster/status "$database" | grep -q '^Leader: \(self\|[0-9a-f]\)'
`;

/**
 * Tells over HTTP how its member is: what `cluster/status` says, asked at the control socket as ovs-appctl does (JSON-RPC), the
 * size of the file, when it was compacted, which orders were carried out. It runs in an image that has Python.
 */
export const ovnDatabaseStatus = String.raw`#!/usr/bin/env python3
import http.server, json, os, socket, sys

side = sys.argv[1]
database = {"nb": "OVN_Northbound", "sb": "OVN_Southbound"}[side]
folder = os.environ.get("FOLDER", "/var/lib/ovn")
control = os.environ.get("CONTROL", "/run/ovn/ovn%s_db.ctl" % side)


def cluster_status():
    request = json.dumps({"method": "cluster/status", "params": [database], "id": 0}).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(control)
        connection.sendall(request)
        answer = b""
        while True:
            part = connection.recv(65536)
            if not part:
                raise OSError("the connection ended")
            answer += part
            try:
                reply = json.loads(answer)
                break
            except ValueError:
                continue
    if reply.get("error") is not None:
        raise OSError(str(reply["error"]).strip())
    return reply["result"]


def stat(name):
    try:
        return os.stat(os.path.join(folder, name))
    except OSError:
        return None


def noted(name):
    try:
        with open(os.path.join(folder, name)) as text:
            return text.read().strip()
    except OSError:
        return None


def report():
    told = {"database": database, "status": None, "error": None}
    try:
        told["status"] = cluster_status()
    except OSError as error:
        told["error"] = str(error)
    size, compacted = stat("ovn%s.db" % side), stat("compacted")
    told["bytes"] = None if size is None else size.st_size
    told["compactedAt"] = None if compacted is None else int(compacted.st_mtime)
    told["ordered"] = noted("ordered-" + side)
    told["compactOrdered"] = noted("compact-ordered")
    return told


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self):
        body = json.dumps(report()).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("", int(os.environ["STATUS_PORT"])), Handler).serve_forever()
`;
