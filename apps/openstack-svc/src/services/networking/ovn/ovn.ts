import type { Cloud } from '../../../cloud/cloud.js';
import type { RenderedService } from '../../../cloud/service.js';
import { hosts } from '../../../conventions/addresses.js';
import { assemble } from '../../../conventions/assemble.js';
import { sharedCredentials } from '../../../conventions/credentials.js';
import { commandProbe } from '../../../conventions/probes.js';
import { type Chart, chartOf, internalHost } from '../../../render/chart.js';
import { iniFile, type Script, script } from '../../../render/files.js';
import type { Workload } from '../../../render/kubernetes.js';
import type { DaemonPart, DaemonSets } from '../../../render/node-sets.js';
import { networkPolicy, service } from '../../../render/network.js';
import { claimed, emptyDirectory, hostPath, roleLabels } from '../../../render/pod.js';
import { deployment, disruptionBudget, statefulSet } from '../../../render/workloads.js';
import { agentPart, agentSets } from '../agents/agents.js';
import { bridgeMappings, datapathOf, externalBridges, ovnConnection, ovnMembers, ovnPorts } from '../backend.js';
import { bgpPart, extensionScripts, ovnVpnPart, sriovPart } from '../agents/extension-agents.js';
import { agentCommonFile, configFlags, metadataAddress, rootHelper } from '../config.js';
import { addressesScript, addressFlags, readingClusters, withOvnAddresses } from './addresses.js';
import { ovnDatabase, ovnDatabaseKeeper, ovnDatabaseReady, ovnDatabaseStatus } from './database-scripts.js';
import { dpdkVariables } from '../agents/dpdk.js';
import { northdSocket, ovnNorthd, ovnOrders } from './clusters.js';
import { portproberPart } from '../agents/portprober.js';
import { ovnController } from '../scripts.js';

interface Side {
  readonly name: string;
  readonly short: 'nb' | 'sb';
  readonly port: number;
  readonly raftPort: number;
  readonly statusPort: number;
}

const sides: readonly Side[] = [
  {
    name: hosts.ovnNorthbound,
    short: 'nb',
    port: ovnPorts.northbound,
    raftPort: ovnPorts.northboundRaft,
    statusPort: ovnPorts.northboundStatus,
  },
  {
    name: hosts.ovnSouthbound,
    short: 'sb',
    port: ovnPorts.southbound,
    raftPort: ovnPorts.southboundRaft,
    statusPort: ovnPorts.southboundStatus,
  },
];

/** The two databases of OVN and northd, which translates from one to the other. */
export function ovnDatabases(cloud: Cloud): RenderedService {
  const chart = chartOf(cloud, 'networking', 'ovn');
  const scripts = databaseScripts(chart);
  return assemble(chart, {
    files: [],
    scripts,
    front: sides.flatMap(({ name, port, raftPort, statusPort }) => [
      service(chart, { name, component: name, headless: true, ports: { ovsdb: port, raft: raftPort } }),
      ...Array.from({ length: ovnMembers(cloud) }, (_, index) =>
        service(chart, {
          name: `${name}-${index}`,
          component: name,
          pod: `${name}-${index}`,
          // A member without a leader must be heard too; clients of OVSDB leave it by themselves.
          includesUnready: true,
          ports: { ovsdb: port, status: statusPort },
        }),
      ),
      ...networkPolicy(chart, name, [
        { ports: [port, statusPort], from: 'everyone' },
        { ports: [raftPort], from: 'peers' },
      ]),
      ...disruptionBudget(chart, name, ovnMembers(cloud)),
    ]),
    stages: [
      ['ovn-databases', 'ready', sides.map((side) => databaseMembers(chart, side, scripts))],
      ['ovn-northd', 'ready', [northd(chart)]],
    ],
  });
}

function databaseMembers(chart: Chart, side: Side, scripts: readonly Script[]): Workload {
  const { name, short, port, raftPort, statusPort } = side;
  return statefulSet(chart, {
    name,
    component: name,
    replicasKey: name,
    defaultReplicas: ovnMembers(chart.cloud),
    serviceName: name,
    roles: ['controller'],
    scripts,
    mounts: [claimed('data', '/var/lib/ovn'), emptyDirectory('run', '/run/ovn'), ovnOrders],
    claims: [{ name: 'data', storageClass: chart.cloud.spec.local_volume_storage_class, size: '2Gi' }],
    containers: [
      {
        name: 'ovsdb',
        image: 'ovn',
        command: ['/opt/keelson/bin/ovn-database.sh', short],
        ports: { ovsdb: port, raft: raftPort },
        env: [
          { name: 'DISCOVERY', value: internalHost(chart.cloud, name) },
          { name: 'DB_PORT', value: String(port) },
          { name: 'RAFT_PORT', value: String(raftPort) },
        ],
        ...commandProbe('/opt/keelson/bin/ovn-database-ready.sh', short),
      },
      { name: 'keeper', image: 'ovn', command: ['/opt/keelson/bin/ovn-database-keeper.sh', short], env: [] },
      {
        name: 'status',
        image: 'neutron',
        // The control socket is root's, as its server is.
        runAsUser: 0,
        command: ['/opt/keelson/bin/ovn-database-status.py', short],
        ports: { status: statusPort },
        env: [{ name: 'STATUS_PORT', value: String(statusPort) }],
      },
    ],
  });
}

/** One of them works; the others wait for its lock. */
function northd(chart: Chart): Workload {
  return deployment(chart, {
    name: 'ovn-northd',
    component: 'ovn-northd',
    defaultReplicas: ovnMembers(chart.cloud),
    roles: ['controller'],
    scripts: [script(chart, 'ovn-northd.sh', ovnNorthd)],
    mounts: [emptyDirectory('run', '/run/ovn'), ovnOrders],
    containers: [
      {
        name: 'ovn-northd',
        image: 'ovn',
        command: ['/opt/keelson/bin/ovn-northd.sh'],
        env: [
          { name: 'OVN_NORTHBOUND', value: ovnConnection(chart.cloud, 'northbound') },
          { name: 'OVN_SOUTHBOUND', value: ovnConnection(chart.cloud, 'southbound') },
        ],
        ...commandProbe('ovn-appctl', '-t', northdSocket, 'status'),
      },
    ],
  });
}

function databaseScripts(chart: Chart): readonly Script[] {
  return [
    script(chart, 'ovn-database.sh', ovnDatabase),
    script(chart, 'ovn-database-ready.sh', ovnDatabaseReady),
    script(chart, 'ovn-database-keeper.sh', ovnDatabaseKeeper),
    script(chart, 'ovn-database-status.py', ovnDatabaseStatus),
    script(chart, 'ovn-northd.sh', ovnNorthd),
  ];
}

/** ovn-controller on computes and gateways, and the metadata agent on computes. */
export function ovnAgents(cloud: Cloud): DaemonSets & { scripts: readonly Script[] } {
  const parts = [computeController, gatewayController, metadataAgent, sriovPart, bgpPart, ovnVpnPart, portproberPart];
  const sets = parts.map((part) => agentSets(cloud, part));
  return {
    daemonSets: sets.flatMap(({ daemonSets }) => daemonSets),
    files: sets.flatMap(({ files }) => files),
    scripts: [
      controllerScript(chartOf(cloud, 'networking', 'neutron')),
      addressesScript(chartOf(cloud, 'networking', 'neutron')),
      ...extensionScripts(cloud),
    ],
  };
}

/** Controllers alone, started by another script. */
export function ovnControllers(cloud: Cloud, start: Script): DaemonSets & { scripts: readonly Script[] } {
  const sets = [computeController, gatewayController].map((part) =>
    agentSets(cloud, (chart) => startedBy(part(chart), start)),
  );
  return {
    daemonSets: sets.flatMap(({ daemonSets }) => daemonSets),
    files: sets.flatMap(({ files }) => files),
    // The server, which runs beside them, reads the other.
    scripts: [start, addressesScript(chartOf(cloud, 'networking', 'neutron'))],
  };
}

function startedBy(part: DaemonPart, start: Script): DaemonPart {
  return {
    ...part,
    scripts: [start],
    containers: part.containers.map((container) => ({ ...container, command: [start.path] })),
  };
}

function computeController(chart: Chart): DaemonPart {
  const part = controllerPart(chart, 'ovn-controller', '');
  // A compute that is a gateway too has the gateway's controller.
  return { ...part, nodes: [{ key: roleLabels.gateway, operator: 'NotIn', values: ['enabled'] }] };
}

function gatewayController(chart: Chart): DaemonPart {
  return {
    ...controllerPart(chart, 'ovn-controller-gateway', 'enable-chassis-as-gw'),
    roles: ['gateway'],
    maxUnavailable: 1,
  };
}

function controllerPart(chart: Chart, component: string, cmsOptions: string): DaemonPart {
  const { cloud } = chart;
  const { tunnel_interface: tunnel = '' } = cloud.spec.features.neutron;
  const part = agentPart({
    component,
    name: component,
    roles: ['network'],
    files: [],
    scripts: [controllerScript(chart)],
    container: {
      image: 'ovn',
      command: ['/opt/keelson/bin/ovn-controller.sh'],
      env: [
        { name: 'TUNNEL_INTERFACE', value: tunnel },
        { name: 'EXTERNAL_BRIDGES', value: externalBridges(cloud) },
        { name: 'BRIDGE_MAPPINGS', value: bridgeMappings(cloud).join(',') },
        { name: 'OVN_REMOTE', value: ovnConnection(cloud, 'southbound') },
        { name: 'DATAPATH', value: datapathOf(cloud) },
        ...dpdkVariables(cloud),
        // With distributed routers every chassis sends as the same router: to switches it is one of its own, by its bridge's address.
        {
          name: 'CHASSIS_MACS',
          value: cloud.spec.features.neutron.dvr.enabled ? bridgeMappings(cloud).join(' ') : '',
        },
        { name: 'CMS_OPTIONS', value: cmsOptions },
      ],
      // Found by its pid file: not every release of it can be told where its socket is to be.
      ...commandProbe('sh', '-c', 'ovn-appctl -t ovn-controller connection-status | grep -qx connected'),
    },
  });
  return {
    ...part,
    mounts: [...(part.mounts ?? []), hostPath('run-ovn', '/run/ovn', { type: 'DirectoryOrCreate' }), ovnOrders],
  };
}

function controllerScript(chart: Chart): Script {
  return script(chart, 'ovn-controller.sh', ovnController);
}

function metadataAgent(chart: Chart): DaemonPart {
  const { cloud } = chart;
  const secret = 'neutron-ovn-metadata-agent-etc';
  const files = [
    agentCommonFile(chart, secret),
    iniFile(
      chart,
      { secret, path: '/etc/neutron/neutron_ovn_metadata_agent.ini', values: ['ovn_metadata_agent'] },
      rootHelper,
      {
        DEFAULT: {
          ...metadataAddress(chart),
          metadata_proxy_shared_secret: cloud.secrets.key(sharedCredentials.metadataSecret),
          metadata_workers: 2,
        },
        ovn: { ovn_sb_connection: ovnConnection(cloud, 'southbound') },
        ovs: { ovsdb_connection: 'unix:/run/openvswitch/db.sock' },
      },
    ),
  ];
  return readingClusters(
    agentPart({
      component: 'ovn-metadata-agent',
      roles: ['compute'],
      files,
      scripts: [addressesScript(chart)],
      container: withOvnAddresses(cloud, ['neutron-ovn-metadata-agent', ...configFlags(files), ...addressFlags]),
    }),
  );
}
