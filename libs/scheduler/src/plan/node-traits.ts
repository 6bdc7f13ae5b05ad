import { type Budgets, majorityKept, type ScheduledMachine } from './machine.js';

/** What of a node's roles matters when it goes. */
export type NodeTraits = Pick<ScheduledMachine, 'zone' | 'failureDomain' | 'isGateway' | 'quorums'>;

/** Labels of nodes that carry members of quorum services, and what those are called. Source: reference/mosk-api/README.md, node labels. */
const quorumsByLabel: Readonly<Record<string, string>> = {
  'openstack-control-plane': 'the control plane of OpenStack',
  tfcontrol: 'the control plane of OpenSDN',
  tfconfigdb: 'the configuration database of OpenSDN',
  ceph_role_mon: 'the monitors of Ceph',
  stacklight: 'StackLight',
};

/** Zone, storage and roles of a node by its labels; without storage it is in no failure domain. */
export function nodeTraits(node: string, labels: Readonly<Record<string, string>>): NodeTraits {
  const isSet = (label: string): boolean => labels[label] !== undefined && labels[label] !== 'disabled';
  const zone = labels['topology.kubernetes.io/zone'];
  const quorums = Object.entries(quorumsByLabel).flatMap(([label, name]) => (isSet(label) ? [name] : []));
  return {
    ...(zone === undefined ? {} : { zone }),
    ...(isSet('ceph_role_osd') ? { failureDomain: labels['topology.rook.io/rack'] ?? node } : {}),
    ...(isSet('openstack-gateway') ? { isGateway: true } : {}),
    ...(quorums.length === 0 ? {} : { quorums }),
  };
}

/**
 * Budgets that come from what the nodes are: one zone at once where there are several, and of each quorum service no more
 * members than leave a majority. One member may always go, or a service of one or two could never be updated.
 */
export function nodeBudgets(machines: readonly NodeTraits[]): Pick<Budgets, 'zonesAtOnce' | 'quorums'> {
  const zones = new Set(machines.flatMap(({ zone }) => zone ?? []));
  const members = new Map<string, number>();
  for (const name of machines.flatMap(({ quorums = [] }) => quorums)) members.set(name, (members.get(name) ?? 0) + 1);
  return {
    ...(zones.size < 2 ? {} : { zonesAtOnce: 1 }),
    quorums: [...members].map(([name, count]) => ({ name, mayLack: Math.max(1, majorityKept(count)) })),
  };
}
