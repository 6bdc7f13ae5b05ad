import type { TfNodeGroup, TfService } from '@keelson/api';
import { daemonSet, type Manifest, type NodeLabel, type PodPart } from './manifests.js';
import type { OpenSdn } from './opensdn.js';

export const vRouterComponent = 'vrouter-agent';

/** Agents of the data plane: one DaemonSet for all compute nodes, and one for each group with settings of its own. */
export function vRouter(sdn: OpenSdn): readonly Manifest[] {
  const groups = Object.entries(sdn.spec.nodes ?? {}).filter(([, { nodeVRouter }]) => nodeVRouter !== undefined);
  const usual = daemonSet(sdn, 'tf-vrouter-agent', {
    ...partOf(sdn.spec.services?.vRouter),
    notOn: groups.map(([, { labels }]) => labels),
  });
  const own = groups
    .filter(([, { nodeVRouter }]) => nodeVRouter?.enabled !== false)
    .map(([name, group], i) =>
      daemonSet(sdn, `tf-vrouter-agent-${name}`, {
        ...partOf(settingsOf(sdn, group)),
        on: group.labels,
        // A node in two groups has the agent of the first.
        notOn: groups.slice(0, i).map(([, { labels }]): NodeLabel => labels),
      }),
    );
  return [usual, ...own];
}

/** Variables of the group win over those of the service, container by container. */
function settingsOf({ spec }: OpenSdn, { nodeVRouter }: TfNodeGroup): TfService {
  const usual = spec.services?.vRouter ?? {};
  const envSettings = { ...usual.envSettings };
  for (const [container, { env = [] }] of Object.entries(nodeVRouter?.envSettings ?? {}))
    envSettings[container] = { env: [...(envSettings[container]?.env ?? []), ...env] };
  return { ...usual, envSettings };
}

function partOf(settings: TfService | undefined): PodPart {
  const mounts = [
    { name: 'dev', mountPath: '/dev' },
    { name: 'run-vrouter', mountPath: '/var/run/vrouter' },
    { name: 'lib-modules', mountPath: '/lib/modules' },
  ];
  return {
    component: vRouterComponent,
    role: 'vRouter',
    isOnNodeNetwork: true,
    settings,
    hostPaths: { dev: '/dev', 'run-vrouter': '/var/run/vrouter', 'lib-modules': '/lib/modules' },
    // The module takes the address of the tunnel's interface over to vhost0.
    before: [{ name: 'kernel-init', image: 'opensdn-vrouter-kernel-init', isPrivileged: true, mounts }],
    containers: [{ name: 'agent', image: 'opensdn-vrouter-agent', port: 8085, isPrivileged: true, mounts }],
  };
}
