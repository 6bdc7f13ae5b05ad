import type { TfNodeGroup, TfService } from '@keelson/api';
import { sha256Json } from '@keelson/std';
import { nodeLabels } from '../names.js';
import { daemonSet, type Manifest, type NodeLabel, type PodPart } from './manifests.js';
import type { OpenSdn } from './opensdn.js';
import { provisioner } from './provisioner.js';
import { type TunnelGroup, tunnelGroups } from './tunnels.js';

export const vRouterComponent = 'vrouter-agent';
export const vRouterProvisioner = 'vrouter-provisioner';
/** Where the agent of a node is told of the ports of instances. */
export const vRouterPort = 9091;

/** Nodes with settings of their own: a group of the TFOperator, an interface of the OpenStackDeployment, or both. */
interface VRouterSet {
  readonly group: [name: string, group: TfNodeGroup] | undefined;
  readonly tunnel: TunnelGroup | undefined;
}

/** Agents of the data plane: one DaemonSet for all compute nodes, and one for each set of nodes with settings of its own. */
export function vRouter(sdn: OpenSdn): readonly Manifest[] {
  // Without settings of their own nodes have the agent of all: none is left without.
  const groups = Object.entries(sdn.spec.nodes ?? {}).filter(
    ([, { nodeVRouter }]) => nodeVRouter !== undefined && nodeVRouter.enabled !== false,
  );
  const tunnels = tunnelGroups(sdn.access);
  const sets = [undefined, ...groups].flatMap((group) =>
    [undefined, ...tunnels].map((tunnel): VRouterSet => ({ group, tunnel })),
  );
  const agents = sets
    .filter((set) => set.group === undefined || set.tunnel === undefined || isMet(sdn, set))
    .map((set) =>
      daemonSet(sdn, nameOf(set), {
        ...partOf(settingsOf(sdn, set.group?.[1]), set.tunnel),
        on: labelsIn(set),
        // A node in two groups has the agent of the first, and of two interfaces the last.
        notOn: [
          ...groups
            .slice(0, set.group === undefined ? undefined : groups.indexOf(set.group))
            .map(([, { labels }]) => labels),
          ...tunnels.slice(set.tunnel === undefined ? 0 : tunnels.indexOf(set.tunnel) + 1).map(({ label }) => label),
        ],
      }),
    );
  const registrar: PodPart = {
    component: vRouterProvisioner,
    role: 'vRouter',
    isOnNodeNetwork: true,
    settings: sdn.spec.services?.vRouter,
    containers: [provisioner('vrouter')],
  };
  return [...agents, daemonSet(sdn, 'tf-vrouter-provisioner', registrar)];
}

/** Whether a node with a vRouter has the labels of both. */
function isMet({ nodes }: OpenSdn, set: VRouterSet): boolean {
  const wanted = [{ name: nodeLabels.vRouter, value: 'enabled' }, ...labelsIn(set)];
  return nodes.some(({ labels }) => wanted.every(({ name, value }) => labels[name] === value));
}

function labelsIn({ group, tunnel }: VRouterSet): readonly NodeLabel[] {
  return [...(group === undefined ? [] : [group[1].labels]), ...(tunnel === undefined ? [] : [tunnel.label])];
}

function nameOf({ group, tunnel }: VRouterSet): string {
  const own = tunnel === undefined ? '' : `-on-${tunnel.label.name}-${tunnel.label.value}`;
  const ofNodes = own.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const name = `tf-vrouter-agent${group === undefined ? '' : `-${group[0]}`}${ofNodes}`;
  // It is the value of a label too.
  return name.length <= 63 ? name : `${name.slice(0, 54)}-${sha256Json(name).slice(0, 8)}`;
}

/** Variables of the group win over those of the service, container by container. */
function settingsOf({ spec }: OpenSdn, group: TfNodeGroup | undefined): TfService {
  const usual = spec.services?.vRouter ?? {};
  const envSettings = { ...usual.envSettings };
  for (const [container, { env = [] }] of Object.entries(group?.nodeVRouter?.envSettings ?? {}))
    envSettings[container] = { env: [...(envSettings[container]?.env ?? []), ...env] };
  return { ...usual, envSettings };
}

function partOf(settings: TfService, tunnel: TunnelGroup | undefined): PodPart {
  const mounts = [
    { name: 'dev', mountPath: '/dev' },
    { name: 'run-vrouter', mountPath: '/var/run/vrouter' },
    { name: 'lib-modules', mountPath: '/lib/modules' },
    { name: 'lib-contrail', mountPath: '/var/lib/contrail' },
  ];
  const own = tunnel === undefined ? {} : { env: { PHYSICAL_INTERFACE: tunnel.interfaceName } };
  return {
    component: vRouterComponent,
    role: 'vRouter',
    isOnNodeNetwork: true,
    settings,
    hostPaths: {
      dev: '/dev',
      'run-vrouter': '/var/run/vrouter',
      'lib-modules': '/lib/modules',
      // Ports of instances outlive the agent here.
      'lib-contrail': '/var/lib/contrail',
    },
    // The module takes the address of the tunnel's interface over to vhost0.
    before: [{ name: 'kernel-init', image: 'opensdn-vrouter-kernel-init', isPrivileged: true, mounts, ...own }],
    containers: [{ name: 'agent', image: 'opensdn-vrouter-agent', port: 8085, isPrivileged: true, mounts, ...own }],
  };
}
