import { z } from 'zod';
import type { NodeLabel } from './manifests.js';
import type { OpenStackAccess } from './opensdn.js';

/** Nodes whose vRouters have a tunnel interface of their own. */
export interface TunnelGroup {
  readonly label: NodeLabel;
  readonly interfaceName: string;
}

/** Of what nodes have of their own in Neutron, by `label::value`, this is read. */
const NodesSchema = z.record(z.string(), z.object({ tunnel_interface: z.string().optional() }));

/** Interfaces by the overrides of the OpenStackDeployment (`spec.nodes`), in their order: the last that fits a node holds. */
export function tunnelGroups(access: OpenStackAccess): readonly TunnelGroup[] {
  return Object.entries(nodesIn(access)).flatMap(([key, { tunnel_interface: interfaceName }]) => {
    const [name = '', value = ''] = key.split('::');
    return interfaceName === undefined || name === '' ? [] : [{ label: { name, value }, interfaceName }];
  });
}

/**
 * What is wrong with an interface that vRouters are to take over, as a sentence. `vhost0` takes the address of a physical interface,
 * a bond or a VLAN of one, and does so under them: a bridge, as templates of hosts make them, cannot carry it.
 */
export function tunnelTrouble(access: OpenStackAccess): string | undefined {
  const named = [
    { where: 'spec.features.neutron.tunnel_interface', interfaceName: access['tunnel_interface'] ?? '' },
    ...tunnelGroups(access).map(({ label, interfaceName }) => ({
      where: `spec.nodes.${label.name}::${label.value}.features.neutron.tunnel_interface`,
      interfaceName,
    })),
  ];
  const wrong = named.find(({ interfaceName }) => interfaceName === '' || notPhysical.test(interfaceName));
  if (wrong === undefined) return undefined;
  const { where, interfaceName } = wrong;
  const what = interfaceName === '' ? 'is empty' : `names ${interfaceName}, which is no physical interface`;
  return `${where} of the OpenStackDeployment ${what}: vRouters take over a network card, a bond or a VLAN, not a bridge.`;
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
