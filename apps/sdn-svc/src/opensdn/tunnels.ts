import { z } from 'zod';
import type { NodeLabel } from './manifests.js';
import type { OpenStackAccess } from './opensdn.js';

/** Nodes whose vRouters have something of their own: a tunnel interface, cards with virtual functions, or both. */
export interface CardGroup {
  readonly label: NodeLabel;
  readonly interfaceName: string | undefined;
  readonly cards: readonly Card[];
}

/** A network card whose virtual functions instances are given. */
export interface Card {
  readonly device: string;
  readonly functions: number;
  readonly physnet: string | undefined;
}

const CardSchema = z.object({ device: z.string(), num_vfs: z.int(), physnet: z.string().optional() });
/** Of what nodes have of their own in Neutron, by `label::value`, this is read. */
const NodesSchema = z.record(
  z.string(),
  z.object({
    tunnel_interface: z.string().optional(),
    sriov: z
      .object({ enabled: z.boolean(), nics: z.array(CardSchema).default([]) })
      .optional()
      .catch(undefined),
  }),
);

/** Groups by the overrides of the OpenStackDeployment (`spec.nodes`), in their order: the last that fits a node holds. */
export function cardGroups(access: OpenStackAccess): readonly CardGroup[] {
  return Object.entries(nodesIn(access)).flatMap(([key, { tunnel_interface: interfaceName, sriov }]) => {
    const [name = '', value = ''] = key.split('::');
    const cards = sriov?.enabled === true ? sriov.nics.map(cardOf) : [];
    const isOwn = interfaceName !== undefined || cards.length > 0;
    return isOwn && name !== '' ? [{ label: { name, value }, interfaceName, cards }] : [];
  });
}

function cardOf({ device, num_vfs: functions, physnet }: z.infer<typeof CardSchema>): Card {
  return { device, functions, physnet };
}

/**
 * What entry points are told of cards with virtual functions: the agent makes these (`init_sriov` of `agent-functions.sh`), the
 * registrar says in which physical network they are. Each list is as long as the others, so that a card in none is in no list.
 */
export function cardVariables({ cards }: CardGroup): Readonly<Record<string, string>> {
  const usable = cards.filter(({ physnet }) => physnet !== undefined);
  if (usable.length === 0) return {};
  const list = (of: (card: Card) => string | number | undefined): string => usable.map(of).join(',');
  return {
    SRIOV_PHYSICAL_INTERFACE: list(({ device }) => device),
    SRIOV_PHYSICAL_NETWORK: list(({ physnet }) => physnet),
    SRIOV_VF: list(({ functions }) => functions),
  };
}

/**
 * What is wrong with an interface that vRouters are to take over, as a sentence. `vhost0` takes the address of a physical interface,
 * a bond or a VLAN of one, and does so under them: a bridge, as templates of hosts make them, cannot carry it.
 */
export function tunnelTrouble(access: OpenStackAccess): string | undefined {
  const named = [
    { where: 'spec.features.neutron.tunnel_interface', interfaceName: access['tunnel_interface'] ?? '' },
    ...cardGroups(access).flatMap(({ label, interfaceName }) =>
      interfaceName === undefined ? [] : [{ where: `${pathOf(label)}.tunnel_interface`, interfaceName }],
    ),
  ];
  const wrong = named.find(({ interfaceName }) => interfaceName === '' || notPhysical.test(interfaceName));
  if (wrong === undefined) return undefined;
  const { where, interfaceName } = wrong;
  const what = interfaceName === '' ? 'is empty' : `names ${interfaceName}, which is no physical interface`;
  return `${where} of the OpenStackDeployment ${what}: vRouters take over a network card, a bond or a VLAN, not a bridge.`;
}

/** Where in an OpenStackDeployment nodes with a label have something of their own. */
export function pathOf({ name, value }: NodeLabel): string {
  return `spec.nodes.${name}::${value}.features.neutron`;
}

/** Bridges by the names that hosts and Open vSwitch give them, and what vRouters make themselves. */
const notPhysical = /^(br[-0-9]|virbr|docker|cni|ovs-|vhost|lo$)/;

function nodesIn(access: OpenStackAccess): z.infer<typeof NodesSchema> {
  try {
    return NodesSchema.parse(JSON.parse(access['nodes'] ?? '{}'));
  } catch {
    return {};
  }
}
