import type { Cloud } from '../../cloud/cloud.js';
import type { ConfigFile, RenderedService } from '../../cloud/service.js';
import { assemble } from '../../conventions/assemble.js';
import { cephClient, cephSecrets } from '../../conventions/ceph.js';
import { commandProbe } from '../../conventions/probes.js';
import { type Chart, chartOf, confOf, daemonChartOf, hasService } from '../../render/chart.js';
import { type Script, script, textFile } from '../../render/files.js';
import type { JsonRecord } from '../../render/json.js';
import { daemonSets, type DaemonPart } from '../../render/node-sets.js';
import { hostPath } from '../../render/pod.js';
import { vncServerFiles, vncSettings } from './vnc-tls.js';

/** libvirt and QEMU on every compute node. Guests outlive its pod. */
export function libvirt(cloud: Cloud): RenderedService {
  const chart = chartOf(cloud, 'compute', 'libvirt');
  const { daemonSets: sets, files } = daemonSets(cloud, (each) => {
    const own = daemonChartOf(each, 'compute', 'libvirt', 'libvirt');
    return { chart: own, part: libvirtPart(own) };
  });
  return assemble(chart, { files, scripts: [startScript(chart)], stages: [['hypervisors', 'ready', sets]] });
}

function libvirtPart(chart: Chart): DaemonPart {
  return {
    name: 'libvirt-libvirt',
    component: 'libvirt',
    roles: ['compute'],
    files: libvirtFiles(chart),
    scripts: [startScript(chart)],
    host: { network: true, pid: true },
    mounts: [
      hostPath('var-lib-libvirt', '/var/lib/libvirt', { type: 'DirectoryOrCreate', propagation: 'Bidirectional' }),
      hostPath('var-lib-nova', '/var/lib/nova', { type: 'DirectoryOrCreate', propagation: 'Bidirectional' }),
      hostPath('etc-libvirt-qemu', '/etc/libvirt/qemu', { type: 'DirectoryOrCreate' }),
      hostPath('log-libvirt', '/var/log/libvirt', { type: 'DirectoryOrCreate' }),
      hostPath('run', '/run'),
      hostPath('dev', '/dev'),
      hostPath('cgroup', '/sys/fs/cgroup'),
      hostPath('modules', '/lib/modules', { readOnly: true }),
      hostPath('machine-id', '/etc/machine-id', { readOnly: true }),
    ],
    containers: [
      {
        name: 'libvirt',
        image: 'libvirt',
        command: ['/opt/keelson/bin/libvirt.sh'],
        weight: 'agent',
        rights: 'privileged',
        ...commandProbe('virsh', '--connect', 'qemu:///system', 'version'),
      },
    ],
  };
}

function libvirtFiles(chart: Chart): readonly ConfigFile[] {
  const { libvirt: options, images } = chart.cloud.spec.features.nova;
  const isTls = options.tls.enabled;
  const files = [
    textFile(
      chart,
      { path: '/etc/libvirt/libvirtd.conf' },
      settingLines({
        listen_tcp: isTls ? 0 : 1,
        listen_tls: isTls ? 1 : 0,
        auth_tcp: 'none',
        unix_sock_group: 'libvirt',
        unix_sock_rw_perms: '0777',
        auth_unix_rw: 'none',
        auth_unix_ro: 'none',
        log_level: 3,
        ...confOf(chart, ['libvirt']),
      }),
    ),
    textFile(
      chart,
      { path: '/etc/libvirt/qemu.conf' },
      settingLines({
        ...vncSettings(chart),
        security_driver: 'none',
        user: 'root',
        group: 'root',
        dynamic_ownership: 0,
        remember_owner: 0,
        cgroup_controllers: [],
        namespaces: [],
        stdio_handler: 'logd',
        ...confOf(chart, ['qemu']),
      }),
    ),
  ];
  return [
    ...files,
    ...(isTls ? tlsFiles(chart) : []),
    ...vncServerFiles(chart),
    ...(images.backend === 'ceph' ? [cephKeyFile(chart)] : []),
    ...volumeKeyFiles(chart),
  ];
}

function tlsFiles(chart: Chart): readonly ConfigFile[] {
  const { certificate, key, authority } = chart.cloud.secrets.certificate('libvirt-tls');
  const secret = 'libvirt-tls';
  const file = (path: string, text: string): ConfigFile => textFile(chart, { secret, path }, [text.trimEnd()]);
  return [
    file('/etc/pki/CA/cacert.pem', authority),
    file('/etc/pki/libvirt/servercert.pem', certificate),
    file('/etc/pki/libvirt/private/serverkey.pem', key),
    file('/etc/pki/libvirt/clientcert.pem', certificate),
    file('/etc/pki/libvirt/private/clientkey.pem', key),
  ];
}

function cephKeyFile(chart: Chart): ConfigFile {
  const client = cephClient(chart.cloud, 'nova', 'spec.features.nova.images.backend');
  return textFile(chart, { path: '/etc/ceph/libvirt.key' }, [client.key]);
}

/** Guests reach volumes in Ceph as Cinder's client, whatever their own disks are in: Cinder tells Nova of this secret. */
function volumeKeyFiles(chart: Chart): readonly ConfigFile[] {
  const client = chart.cloud.ceph?.clients['cinder'];
  if (client === undefined || !hasService(chart.cloud, 'block-storage')) return [];
  return [textFile(chart, { path: '/etc/ceph/libvirt-volumes.key' }, [client.key])];
}

/** libvirt's own form: numbers bare, text in quotation marks, lists in brackets. */
function settingLines(settings: JsonRecord): string[] {
  return Object.entries(settings).map(([name, value]) => `${name} = ${settingText(value)}`);
}

function settingText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(settingText).join(', ')}]`;
  return typeof value === 'number' ? String(value) : JSON.stringify(String(value));
}

function startScript(chart: Chart): Script {
  return script(chart, 'libvirt.sh', start);
}

/**
 * Daemons run in a scope of the node's systemd where there is one: guests that libvirt starts are then outside of the pod's
 * cgroup and live on when the pod goes.
 */
const start = String.raw`#!/bin/sh
set -eu
scope=
if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then scope="systemd-run --scope --slice=system --quiet"; fi
rm -f /run/libvirtd.pid
pgrep -x virtlogd >/dev/null || $scope virtlogd --daemon
pgrep -x virtlockd >/dev/null || $scope virtlockd --daemon
define_secret() {
  [ -f "$3" ] || return 0
  until virsh --connect qemu:///system version >/dev/null 2>&1; do sleep 1; done
  printf '<secret ephemeral="no" private="no"><uuid>%s</uuid><usage type="ceph"><name>%s</name></usage></secret>' \
    "$1" "$2" > "/tmp/$2.xml"
  virsh secret-define --file "/tmp/$2.xml"
  virsh secret-set-value --secret "$1" --file "$3" --plain
}
(
  define_secret ${cephSecrets.nova} client /etc/ceph/libvirt.key
  define_secret ${cephSecrets.cinder} client.volumes /etc/ceph/libvirt-volumes.key
) &
exec $scope libvirtd --listen
`;
