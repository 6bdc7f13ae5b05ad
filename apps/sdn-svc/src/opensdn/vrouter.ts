import type { TfNodeGroup, TfService } from '@keelson/api';
import { sha256Json } from '@keelson/std';
import { nodeLabels } from '../names.js';
import { daemonSet, type Manifest, type NodeLabel, type PodPart } from './manifests.js';
import type { OpenSdn } from './opensdn.js';
import { provisioner } from './provisioner.js';
import { type CardGroup, cardGroups, cardVariables } from './tunnels.js';

export const vRouterComponent = 'vrouter-agent';
export const vRouterProvisioner = 'vrouter-provisioner';
/** Where the agent of a node is told of the ports of instances. */
export const vRouterPort = 9091;

/** Nodes with settings of their own: a group of the TFOperator, cards of the OpenStackDeployment, or both. */
interface VRouterSet {
  readonly group: [name: string, group: TfNodeGroup] | undefined;
  readonly cards: CardGroup | undefined;
}

/** Agents of the data plane: one DaemonSet for all compute nodes, and one for each set of nodes with settings of its own. */
export function vRouter(sdn: OpenSdn): readonly Manifest[] {
  // Without settings of their own nodes have the agent of all: none is left without.
  const groups = Object.entries(sdn.spec.nodes ?? {}).filter(
    ([, { nodeVRouter }]) => nodeVRouter !== undefined && nodeVRouter.enabled !== false,
  );
  const ofCards = cardGroups(sdn.access);
  const sets = [undefined, ...groups].flatMap((group) =>
    [undefined, ...ofCards].map((cards): VRouterSet => ({ group, cards })),
  );
  const agents = sets
    .filter((set) => set.group === undefined || set.cards === undefined || isMet(sdn, set))
    .map((set) =>
      daemonSet(sdn, nameOf(set), {
        ...partOf(settingsOf(sdn, set.group?.[1]), set.cards),
        on: labelsIn(set),
        // A node in two groups has the agent of the first, and of two overrides of cards the last.
        notOn: [
          ...groups
            .slice(0, set.group === undefined ? undefined : groups.indexOf(set.group))
            .map(([, { labels }]) => labels),
          ...ofCards.slice(set.cards === undefined ? 0 : ofCards.indexOf(set.cards) + 1).map(({ label }) => label),
        ],
      }),
    );
  return [...agents, ...registrars(sdn, ofCards)];
}

/** Registrars of vRouters: those of nodes whose cards have virtual functions tell of these as well. */
function registrars(sdn: OpenSdn, all: readonly CardGroup[]): readonly Manifest[] {
  const groups = all.some((cards) => Object.keys(cardVariables(cards)).length > 0) ? all : [];
  const plain = provisioner('vrouter');
  return [undefined, ...groups].map((cards) => {
    const env = { ...plain.env, ...(cards === undefined ? {} : cardVariables(cards)) };
    return daemonSet(sdn, onLabel('tf-vrouter-provisioner', cards), {
      component: vRouterProvisioner,
      role: 'vRouter',
      isOnNodeNetwork: true,
      settings: sdn.spec.services?.vRouter,
      containers: [{ ...plain, env }],
      on: cards === undefined ? [] : [cards.label],
      notOn: groups.slice(cards === undefined ? 0 : groups.indexOf(cards) + 1).map(({ label }) => label),
    });
  });
}

/** Whether a node with a vRouter has the labels of both. */
function isMet({ nodes }: OpenSdn, set: VRouterSet): boolean {
  const wanted = [{ name: nodeLabels.vRouter, value: 'enabled' }, ...labelsIn(set)];
  return nodes.some(({ labels }) => wanted.every(({ name, value }) => labels[name] === value));
}

function labelsIn({ group, cards }: VRouterSet): readonly NodeLabel[] {
  return [...(group === undefined ? [] : [group[1].labels]), ...(cards === undefined ? [] : [cards.label])];
}

function nameOf({ group, cards }: VRouterSet): string {
  return onLabel(`tf-vrouter-agent${group === undefined ? '' : `-${group[0]}`}`, cards);
}

function onLabel(base: string, cards: CardGroup | undefined): string {
  const own = cards === undefined ? '' : `-on-${cards.label.name}-${cards.label.value}`;
  const name = `${base}${own.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
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

function partOf(settings: TfService, cards: CardGroup | undefined): PodPart {
  const mounts = [
    { name: 'dev', mountPath: '/dev' },
    { name: 'run-vrouter', mountPath: '/var/run/vrouter' },
    { name: 'lib-modules', mountPath: '/lib/modules' },
    { name: 'lib-contrail', mountPath: '/var/lib/contrail' },
  ];
  const { interfaceName } = cards ?? {};
  const own = {
    env: {
      ...(interfaceName === undefined ? {} : { PHYSICAL_INTERFACE: interfaceName }),
      ...(cards === undefined ? {} : cardVariables(cards)),
    },
  };
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
