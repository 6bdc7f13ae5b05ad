import { terminal } from '@keelson/std';
import type { Cloud } from '../../cloud/cloud.js';
import type { ConfigFile } from '../../cloud/service.js';
import { cephClient, cephFiles, cephSecrets, poolOf } from '../../conventions/ceph.js';
import { ownDirectories } from '../../conventions/directories.js';
import { commonSections } from '../../conventions/sections.js';
import { type Chart, confOf, daemonChartOf } from '../../render/chart.js';
import { iniFile, type Script, script } from '../../render/files.js';
import { type Ini, type IniSection, repeated } from '../../render/ini.js';
import { daemonSets, type DaemonPart, type DaemonSets } from '../../render/node-sets.js';
import type { EnvVar, Probe } from '../../render/kubernetes.js';
import { hostPath, type MountedVolume } from '../../render/pod.js';
import { reservedHugePages } from '../networking/agents/dpdk.js';
import { consoleSections, novaSections } from './config.js';

/** nova-compute on every compute node, a DaemonSet for each set of node overrides. */
export function computes(cloud: Cloud): DaemonSets & { scripts: readonly Script[] } {
  const chart = daemonChartOf(cloud, 'compute', 'nova', 'nova-compute');
  const sets = daemonSets(cloud, (each) => {
    const own = daemonChartOf(each, 'compute', 'nova', 'nova-compute');
    return { chart: own, part: computePart(own) };
  });
  return { ...sets, scripts: scriptsOf(chart) };
}

function computePart(chart: Chart): DaemonPart {
  const { live_migration_interface: migration } = chart.cloud.spec.features.nova;
  return {
    name: 'nova-compute',
    component: 'compute',
    roles: ['compute'],
    files: computeFiles(chart),
    scripts: scriptsOf(chart),
    host: { network: true, pid: true },
    graceSeconds: 300,
    // As many at a time as a tenth of the computes: guests go on without the agent.
    maxUnavailable: '10%',
    mounts: [
      hostPath('var-lib-nova', '/var/lib/nova', { type: 'DirectoryOrCreate', propagation: 'Bidirectional' }),
      hostPath('run-libvirt', '/run/libvirt', { type: 'DirectoryOrCreate' }),
      ...switchDirectories(chart.cloud),
      hostPath('dev', '/dev'),
      hostPath('modules', '/lib/modules', { readOnly: true }),
      hostPath('machine-id', '/etc/machine-id', { readOnly: true }),
      hostPath('cgroup', '/sys/fs/cgroup'),
    ],
    before: [
      ownDirectories('nova', '/var/lib/nova', '/var/lib/nova/instances', '/var/lib/nova/tmp', '/var/lib/nova/mnt'),
    ],
    containers: [
      {
        name: 'nova-compute',
        image: 'nova',
        command: ['/opt/keelson/bin/nova-compute.sh'],
        weight: 'agent',
        rights: 'privileged',
        started: registered,
        env: [{ name: 'MIGRATION_INTERFACE', value: migration ?? '' }, ...vRouterPort(chart.cloud)],
      },
    ],
  };
}

/** Where Nova and what plugs ports tell each other of them. */
function switchDirectories(cloud: Cloud): readonly MountedVolume[] {
  return isOpenSdn(cloud)
    ? [hostPath('var-lib-contrail', '/var/lib/contrail', { type: 'DirectoryOrCreate' })]
    : [hostPath('run-openvswitch', '/run/openvswitch', { type: 'DirectoryOrCreate' })];
}

/** Where the vRouter of the node is told of ports: as OpenSDN hands it over, until then its usual port. */
function vRouterPort(cloud: Cloud): readonly EnvVar[] {
  if (!isOpenSdn(cloud)) return [];
  return [{ name: 'VROUTER_PORT', value: String(cloud.sdn?.vRouterPort ?? 9091) }];
}

function isOpenSdn({ spec }: Cloud): boolean {
  return spec.features.neutron.backend === 'tungstenfabric';
}

function computeFiles(chart: Chart): readonly ConfigFile[] {
  const { images } = chart.cloud.spec.features.nova;
  return [
    iniFile(
      chart,
      { secret: 'nova-compute-etc', path: '/etc/nova/nova.conf', values: ['nova'] },
      commonSections(chart, { project: 'nova', messaging: true }),
      novaSections(chart),
      consoleSections(chart),
      hypervisorSections(chart),
    ),
    ...(images.backend === 'ceph' ? cephFiles(chart, cephForNova(chart)) : []),
  ];
}

/** No database: nova-compute reaches it through the conductor alone. */
function hypervisorSections(chart: Chart): Ini {
  const { libvirt, images } = chart.cloud.spec.features.nova;
  const usesTcg = confOf(chart, ['nova', 'libvirt'])['virt_type'] === 'qemu';
  return {
    DEFAULT: {
      rpc_ping_enabled: true,
      reserved_huge_pages: isOpenSdn(chart.cloud) ? undefined : reservedHugePages(chart.cloud),
    },
    libvirt: {
      virt_type: 'kvm',
      connection_uri: 'qemu:///system',
      num_pcie_ports: 24,
      live_migration_permit_auto_converge: true,
      live_migration_permit_post_copy: false,
      live_migration_timeout_action: 'abort',
      live_migration_with_native_tls: libvirt.tls.enabled,
      live_migration_scheme: libvirt.tls.enabled ? 'tls' : undefined,
      ...(usesTcg && chart.cloud.release.facts.knowsTbCacheSize ? { tb_cache_size: 64 } : {}),
      ...cpuOptions(chart),
      ...imageOptions(chart),
    },
    ephemeral_storage_encryption:
      images.encryption?.enabled === true
        ? { enabled: true, cipher: images.encryption.cipher, key_size: images.encryption.key_size }
        : {},
    pci: passthroughOptions(chart.cloud),
    os_vif_ovs: { ovsdb_connection: 'unix:/run/openvswitch/db.sock' },
    vnc: { server_listen: '0.0.0.0' },
    upgrade_levels: { compute: 'auto' },
  };
}

/**
 * What ports of `vnic_type: direct` are made of: the virtual functions of each card, in the physical network that the agent of
 * SR-IOV knows it by. A port with `trusted` in its profile is bound where its card says so too.
 * https://docs.openstack.org/nova/2024.1/configuration/config.html#pci.device_spec
 */
function passthroughOptions({ spec }: Cloud): IniSection {
  const { sriov } = spec.features.neutron;
  if (sriov?.enabled !== true) return {};
  const specs = sriov.nics.flatMap(({ device, physnet, trusted }) =>
    physnet === undefined
      ? []
      : [
          JSON.stringify({
            devname: device,
            physical_network: physnet,
            ...(trusted === true ? { trusted: 'true' } : {}),
          }),
        ],
  );
  return specs.length === 0 ? {} : { device_spec: repeated(...specs) };
}

/** `host-model`, `host-passthrough`, or models of QEMU separated by commas. */
function cpuOptions(chart: Chart): IniSection {
  const { vcpu_type: type } = chart.cloud.spec.features.nova;
  if (type === undefined) return { cpu_mode: 'host-model' };
  if (type === 'host-model' || type === 'host-passthrough') return { cpu_mode: type };
  return { cpu_mode: 'custom', cpu_models: type.split(',').map((model) => model.trim()) };
}

function imageOptions(chart: Chart): IniSection {
  const { backend, lvm, encryption } = chart.cloud.spec.features.nova.images;
  if (encryption?.enabled === true && backend !== 'lvm') {
    throw terminal('Rendering OpenStack: spec.features.nova.images.encryption works with the backend lvm only', {
      reason: 'InvalidSpec',
    });
  }
  switch (backend) {
    case 'ceph': {
      const client = cephForNova(chart);
      return {
        images_type: 'rbd',
        images_rbd_pool: poolOf(client, 'vms'),
        images_rbd_ceph_conf: '/etc/ceph/ceph.conf',
        rbd_user: client.user,
        rbd_secret_uuid: cephSecrets.nova,
      };
    }
    case 'lvm':
      return { images_type: 'lvm', images_volume_group: lvm?.volume_group ?? 'nova-vol' };
    case 'raw':
      return { images_type: 'raw' };
    case 'local':
    case 'qcow2':
      return { images_type: 'qcow2' };
  }
}

function cephForNova(chart: Chart): ReturnType<typeof cephClient> {
  return cephClient(chart.cloud, 'nova', 'spec.features.nova.images.backend');
}

function scriptsOf(chart: Chart): readonly Script[] {
  return [script(chart, 'nova-compute.sh', start), script(chart, 'nova-compute-ping.py', ping)];
}

/** It asks once: whether guests go on is not for a probe to say, and a message for each compute every ten seconds is many. */
const registered: Probe = {
  exec: { command: ['python3', '/opt/keelson/bin/nova-compute-ping.py'] },
  periodSeconds: 10,
  timeoutSeconds: 30,
  failureThreshold: 60,
};

/**
 * nova-compute listens once it has registered itself and its hypervisor. Until then nova-manage does not find it, and what is
 * scheduled onto it fails with "not mapped to any cell".
 */
const ping = String.raw`#!/usr/bin/env python3
import signal
import socket

from oslo_config import cfg
import oslo_messaging

signal.alarm(25)  # a broker that is away is tried for ever
conf = cfg.CONF  # oslo.messaging keeps some of its options there, wherever else it is told to look
conf.register_opt(cfg.StrOpt('host', default=socket.gethostname()))
conf(['--config-file', '/etc/nova/nova.conf', '--config-file', '/tmp/node.conf'], project='nova')
oslo_messaging.set_transport_defaults('nova')
target = oslo_messaging.Target(topic='compute', server=conf.host)
client = oslo_messaging.get_rpc_client(oslo_messaging.get_rpc_transport(conf), target, timeout=20)
client.call({}, 'oslo_rpc_server_ping')
`;

/** Addresses differ from node to node: they are found at the start and laid over the file that all share. */
const start = String.raw`#!/bin/sh
set -eu
address_of() { ip -o -4 address show dev "$1" scope global | awk '{sub(/\/.*/, "", $4); print $4; exit}'; }
default_interface() { ip -4 route show default | awk '{print $5; exit}'; }
own=$(address_of "$(default_interface)")
migration=$own
if [ -n "$MIGRATION_INTERFACE" ]; then
  migration=$(address_of "$MIGRATION_INTERFACE")
  [ -n "$migration" ] || { echo "interface $MIGRATION_INTERFACE has no address" >&2; exit 1; }
fi
cat > /tmp/node.conf <<EOF
[DEFAULT]
my_ip = $own
[vnc]
server_proxyclient_address = $own
[spice]
server_proxyclient_address = $own
[libvirt]
live_migration_inbound_addr = $migration
EOF
exec nova-compute --config-file /etc/nova/nova.conf --config-file /tmp/node.conf
`;
