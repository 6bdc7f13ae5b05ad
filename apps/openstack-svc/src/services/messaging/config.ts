import type { ConfigFile } from '../../cloud/service.js';
import { sharedCredentials } from '../../conventions/credentials.js';
import { type Chart, confOf, internalHost, replicasOf } from '../../render/chart.js';
import { type Script, script, textFile } from '../../render/files.js';
import { externalSettings, isOfferedOutside } from './notifications.js';

export const discoveryOf = (host: string): string => `${host}-discovery`;

export function brokerFiles(chart: Chart, host: string, isShared: boolean): readonly ConfigFile[] {
  const { secrets } = chart.cloud;
  return [
    textFile(chart, { path: '/etc/rabbitmq/rabbitmq.conf' }, settingLines(chart, host, isShared)),
    textFile(chart, { path: '/etc/rabbitmq/enabled_plugins' }, ['[rabbitmq_management,rabbitmq_prometheus].']),
    textFile(chart, { path: '/etc/rabbitmq/erlang.cookie' }, [secrets.key('rabbitmq-cookie')]),
  ];
}

/** A partition pauses the smaller side; Erlang's schedulers do not spin while there is nothing to do. */
function settingLines(chart: Chart, host: string, isShared: boolean): string[] {
  const admin = chart.cloud.secrets.user(sharedCredentials.messagingAdmin);
  const members = membersOf(chart, host);
  const settings: Record<string, unknown> = {
    'listeners.tcp.default': 5672,
    'management.tcp.port': 15672,
    'prometheus.tcp.port': 15692,
    loopback_users: 'none',
    default_user: admin.username,
    default_pass: admin.password,
    cluster_partition_handling: 'pause_minority',
    'cluster_formation.peer_discovery_backend': 'classic_config',
    ...Object.fromEntries(members.map((name, index) => [`cluster_formation.classic_config.nodes.${index + 1}`, name])),
    'vm_memory_high_watermark.relative': '0.6',
    'disk_free_limit.absolute': '500MB',
    heartbeat: 60,
    queue_leader_locator: 'balanced',
    ...(isShared && isOfferedOutside(chart.cloud) ? externalSettings : {}),
    ...confOf(chart, ['rabbitmq']),
  };
  return Object.entries(settings).map(([name, value]) => `${name} = ${String(value)}`);
}

/** Names of the members as nodes of Erlang. */
export function membersOf(chart: Chart, host: string): readonly string[] {
  return Array.from(
    { length: replicasOf(chart, 'server') },
    (_, index) => `rabbit@${host}-server-${index}.${internalHost(chart.cloud, discoveryOf(host))}`,
  );
}

export function brokerScripts(chart: Chart): readonly Script[] {
  return [script(chart, 'rabbitmq-start.sh', brokerStart)];
}

/**
 * The cookie must belong to the broker's user and be readable by nobody else, which a mounted Secret cannot be.
 *
 * A member without data that the others still count as one is refused by them and would begin a second cluster behind the same
 * Service: they are told to forget it first, and it joins anew. Where one of them answers and does not do so, for
 * the pod that was there before is not quite gone, this ends and is tried again; where none answers the cluster begins.
 * https://www.rabbitmq.com/docs/clustering, "Resetting Nodes".
 */
export const brokerStart = String.raw`#!/bin/sh
set -eu
home=${'$'}{FOLDER:-/var/lib/rabbitmq}
install -o rabbitmq -g rabbitmq -m 0400 /etc/rabbitmq/erlang.cookie "$home/.erlang.cookie"
chown rabbitmq:rabbitmq "$home"
export HOME="$home"
export RABBITMQ_USE_LONGNAME=true
export RABBITMQ_NODENAME="rabbit@$(hostname).$DISCOVERY"
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none"
broker() { setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$@"; }
if [ ! -e "$home/mnesia/$RABBITMQ_NODENAME" ]; then
  for member in $MEMBERS; do
    [ "$member" != "$RABBITMQ_NODENAME" ] || continue
    if said=$(broker rabbitmqctl --node "$member" --timeout 30 forget_cluster_node "$RABBITMQ_NODENAME" 2>&1); then
      echo "$RABBITMQ_NODENAME has no data: $member forgot it, and it joins anew" >&2
      break
    elif [ "$?" != 69 ]; then
      case "$said" in
      *not_a_cluster_node* | *"not in the cluster"*) break ;;
      *)
        echo "$member did not forget $RABBITMQ_NODENAME, which has no data: $said" >&2
        exit 1
        ;;
      esac
    fi
  done
fi
exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups rabbitmq-server
`;
