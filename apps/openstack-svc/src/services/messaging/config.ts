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
  const members = Array.from(
    { length: replicasOf(chart, 'server') },
    (_, index) => `rabbit@${host}-server-${index}.${internalHost(chart.cloud, discoveryOf(host))}`,
  );
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

export function brokerScripts(chart: Chart): readonly Script[] {
  return [script(chart, 'rabbitmq-start.sh', start)];
}

/** The cookie must belong to the broker's user and be readable by nobody else, which a mounted Secret cannot be. */
const start = String.raw`#!/bin/sh
set -eu
install -o rabbitmq -g rabbitmq -m 0400 /etc/rabbitmq/erlang.cookie /var/lib/rabbitmq/.erlang.cookie
chown rabbitmq:rabbitmq /var/lib/rabbitmq
export HOME=/var/lib/rabbitmq
export RABBITMQ_USE_LONGNAME=true
export RABBITMQ_NODENAME="rabbit@$(hostname).$DISCOVERY"
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none"
exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups rabbitmq-server
`;
