/** Functions of both: who leads now, as the sentinels say, else member 0. */
const leader = String.raw`#!/bin/sh
set -eu
password=$(cat /etc/redis-password/password)
leader() {
  found=$(timeout 5 redis-cli -h "$SENTINELS" -p 26379 -a "$password" --no-auth-warning \
    sentinel get-master-addr-by-name openstack 2>/dev/null | head -n 1 || true)
  echo "${'$'}{found:-redis-server-0.$DISCOVERY}"
}
own=$(hostname).$DISCOVERY
`;

/** A member follows whoever leads; it names itself, because addresses of pods do not last. */
export const redisStart = `${leader}${String.raw`
set -- redis-server --dir /var/lib/redis --appendonly yes --port 6379 --requirepass "$password" --masterauth "$password" \
  --replica-announce-ip "$own" --protected-mode no
now=$(leader)
[ "$now" = "$own" ] || set -- "$@" --replicaof "$now" 6379
exec "$@"
`}`;

export const sentinelStart = `${leader}${String.raw`
umask 077
cat > /var/lib/sentinel/sentinel.conf <<EOF
port 26379
dir /var/lib/sentinel
requirepass $password
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $(hostname).$SENTINELS
sentinel monitor openstack $(leader) 6379 $QUORUM
sentinel auth-pass openstack $password
sentinel sentinel-pass $password
sentinel down-after-milliseconds openstack 10000
sentinel failover-timeout openstack 60000
EOF
exec redis-server /var/lib/sentinel/sentinel.conf --sentinel
`}`;
