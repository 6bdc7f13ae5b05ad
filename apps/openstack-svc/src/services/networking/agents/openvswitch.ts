import type { Cloud } from '../../../cloud/cloud.js';
import type { RenderedService } from '../../../cloud/service.js';
import { assemble } from '../../../conventions/assemble.js';
import { commandProbe } from '../../../conventions/probes.js';
import { type Chart, chartOf, confOf, daemonChartOf } from '../../../render/chart.js';
import { type Script, script } from '../../../render/files.js';
import { daemonSets, type DaemonPart } from '../../../render/node-sets.js';
import { hostPath, type MountedVolume } from '../../../render/pod.js';
import { datapathOf } from '../backend.js';
import { dpdkDevices, dpdkOf, dpdkScripts, hugePages } from './dpdk.js';
import { openVSwitchDatabase, openVSwitchSwitch } from '../scripts.js';

/** Open vSwitch on every network node: its database and the switch, each a DaemonSet. */
export function openVSwitch(cloud: Cloud): RenderedService {
  const chart = chartOf(cloud, 'networking', 'openvswitch');
  const sets = [databasePart, switchPart].map((part) =>
    daemonSets(cloud, (each) => {
      const own = daemonChartOf(each, 'networking', 'openvswitch', 'openvswitch');
      return { chart: own, part: part(own) };
    }),
  );
  return assemble(chart, {
    files: sets.flatMap(({ files }) => files),
    scripts: scriptsOf(chart),
    stages: [['switches', 'ready', sets.flatMap((set) => set.daemonSets)]],
  });
}

/** What everything that talks to the switch shares with it. */
export const switchMounts: readonly MountedVolume[] = [
  hostPath('run-openvswitch', '/run/openvswitch', { type: 'DirectoryOrCreate' }),
  hostPath('modules', '/lib/modules', { readOnly: true }),
];

function databasePart(chart: Chart): DaemonPart {
  return {
    name: 'openvswitch-openvswitch-db',
    component: 'openvswitch-db',
    roles: ['network'],
    followsNode: true,
    scripts: scriptsOf(chart).filter(({ key }) => key === 'openvswitch-db.sh'),
    host: { network: true },
    mounts: [...switchMounts, hostPath('etc-openvswitch', '/etc/openvswitch', { type: 'DirectoryOrCreate' })],
    containers: [
      {
        name: 'openvswitch-db',
        image: 'openvswitch',
        command: ['/opt/keelson/bin/openvswitch-db.sh'],
        weight: 'agent',
        rights: 'privileged',
        ...commandProbe('ovs-vsctl', '--timeout=5', 'list', 'Open_vSwitch'),
      },
    ],
  };
}

function switchPart(chart: Chart): DaemonPart {
  const dpdk = dpdkOf(chart.cloud);
  const devices = dpdkDevices(chart);
  const hugepages: MountedVolume[] =
    devices === undefined ? [] : [hostPath('hugepages', '/dev/hugepages'), hostPath('dev', '/dev')];
  return {
    name: 'openvswitch-openvswitch-vswitchd',
    component: 'openvswitch-vswitchd',
    roles: ['network'],
    followsNode: true,
    scripts: scriptsOf(chart).filter(({ key }) =>
      ['openvswitch-vswitchd.sh', ...(devices === undefined ? [] : ['openvswitch-dpdk.sh'])].includes(key),
    ),
    ...(devices === undefined ? {} : { before: [devices] }),
    host: { network: true },
    mounts: [...switchMounts, ...hugepages],
    containers: [
      {
        name: 'openvswitch-vswitchd',
        image: 'openvswitch',
        command: ['/opt/keelson/bin/openvswitch-vswitchd.sh'],
        weight: 'agent',
        ...(dpdk === undefined ? {} : { reserved: hugePages(dpdk) }),
        rights: 'privileged',
        env: [
          { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          { name: 'OTHER_CONFIG', value: otherConfig(chart) },
          { name: 'NEEDS_MODULE', value: datapathOf(chart.cloud) === 'netdev' ? 'no' : 'yes' },
        ],
        ...commandProbe('ovs-appctl', '-t', '/run/openvswitch/ovs-vswitchd.ctl', 'version'),
      },
    ],
  };
}

/** Options of the switch as `name=value`, separated by blanks: DPDK's, then raw values `conf.openvswitch.other_config`. */
function otherConfig(chart: Chart): string {
  const dpdk = dpdkOf(chart.cloud);
  const own = Object.entries(confOf(chart, ['openvswitch', 'other_config'])).map(
    ([name, value]) => `${name}=${String(value)}`,
  );
  if (dpdk === undefined) return own.join(' ');
  return ['dpdk-init=true', `dpdk-socket-mem=${dpdk.socket_memory}`, 'vhost-iommu-support=true', ...own].join(' ');
}

function scriptsOf(chart: Chart): readonly Script[] {
  return [
    script(chart, 'openvswitch-db.sh', openVSwitchDatabase),
    script(chart, 'openvswitch-vswitchd.sh', openVSwitchSwitch),
    ...dpdkScripts(chart.cloud),
  ];
}
