import { ipamServiceLabelPrefix, type IpamHost, type Netplan, netplanPath, type Nic, type Subnet } from '@keelson/api';
import { isFailure, sha256Json, terminal } from '@keelson/std';
import { dump } from 'js-yaml';
import { isNumber, renderNetplan } from '../l2-template/netplan.js';
import type { IpamHostWorld, NetworkView, UseView } from './ipam-host.observe.js';

export interface Rendered {
  readonly netplan: Netplan;
  readonly hash: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly serviceMap: NonNullable<NonNullable<IpamHost['status']>['serviceMap']>;
}

type Good = Extract<NetworkView, { type: 'good' }>;

/** The network of the machine once all its addresses are given out; or why it cannot be rendered, as a sentence. */
export function renderNetwork(world: IpamHostWorld): Rendered | { readonly problem: string } {
  const known = rendered.get(world);
  if (known !== undefined) return known;
  const fresh = freshNetwork(world);
  rendered.set(world, fresh);
  return fresh;
}

/** Plan and status of one look ask for the same network. */
const rendered = new WeakMap<IpamHostWorld, ReturnType<typeof renderNetwork>>();

function freshNetwork({ ipamHost, network }: IpamHostWorld): Rendered | { readonly problem: string } {
  if (network.type === 'bad') return { problem: network.message };
  try {
    const nics = orderedNics(ipamHost, network);
    const netplan = renderNetplan(network.text, macroValues(nics, network));
    return { netplan, hash: sha256Json(netplan), files: filesOf(netplan), serviceMap: serviceMapOf(nics, network) };
  } catch (error) {
    if (isFailure(error)) return { problem: error.message };
    throw error;
  }
}

function macroValues(nics: readonly Nic[], network: Good): Parameters<typeof renderNetplan>[1] {
  const subnet = (name: string): Subnet => network.subnets.get(name) ?? missing(`Subnet ${name} is not in the layout`);
  return {
    nic: (index) => nicAt(nics, index).name,
    mac: (index) => nicAt(nics, index).mac,
    ip: ({ key }) =>
      network.uses.find(({ use }) => use.key === key)?.address?.status?.cidr ??
      missing(`no address is given out for ${key}`),
    gateway: (name) => subnet(name).spec.gateway ?? missing(`Subnet ${name} has no gateway; set spec.gateway`),
    nameservers: (name) => subnet(name).spec.nameservers ?? [],
    cidr: (name) => subnet(name).spec.cidr,
  };
}

/** The MAC address of the NIC that a use names by its number; other interfaces have none of their own. */
export function macFor({ use }: UseView, ipamHost: IpamHost, network: Good): string | undefined {
  if (!isNumber(use.interface)) return undefined;
  try {
    return nicAt(orderedNics(ipamHost, network), Number(use.interface)).mac;
  } catch (error) {
    if (isFailure(error)) return undefined;
    throw error;
  }
}

function nicAt(nics: readonly Nic[], index: number): Nic {
  return (
    nics[index] ??
    missing(
      `the template names interface ${index}, but the host has only ${nics.length}; correct the template or inspect the host anew`,
    )
  );
}

/** Prefixes by priority where a template gives none. `provision` means the interface the host boots over. */
const usualPriorities = ['provision', 'eno', 'ens', 'enp'];

/** The order in which N of the macros counts interfaces. */
export function orderedNics({ spec }: IpamHost, { template }: Pick<Good, 'template'>): readonly Nic[] {
  const nics = spec.nicMACmap ?? [];
  const names = spec.ifMappingOverride ?? template.spec.ifMapping ?? [];
  if (names.length > 0) {
    return names.map(
      (name) =>
        nics.find((nic) => nic.name === name || nic.mac === name.toLowerCase()) ??
        missing(
          `the order of interfaces names ${name}, which the host does not have; it has ${nics.map((nic) => nic.name).join(', ')}`,
        ),
    );
  }
  const given = template.spec.autoIfMappingPrio ?? [];
  const priorities = given.length > 0 ? given : usualPriorities;
  const rank = (nic: Nic): number => {
    const found = priorities.findIndex((prefix) =>
      prefix === 'provision' ? nic.primary === true : nic.name.startsWith(prefix),
    );
    return found < 0 ? priorities.length : found;
  };
  return nics.toSorted((a, b) => rank(a) - rank(b) || natural.compare(a.name, b.name));
}

/** eno2 before eno10. */
const natural = new Intl.Collator('en', { numeric: true });

function filesOf(netplan: Netplan): Rendered['files'] {
  const text = dump({ network: netplan }, { lineWidth: -1, noRefs: true });
  return [{ path: netplanPath, content: Buffer.from(text, 'utf8').toString('base64') }];
}

function serviceMapOf(nics: readonly Nic[], { uses }: Good): Rendered['serviceMap'] {
  const map: Rendered['serviceMap'] = {};
  for (const { use, subnet, address } of uses) {
    const ipAddress = address?.status?.address;
    const ifName = isNumber(use.interface) ? nics[Number(use.interface)]?.name : use.interface;
    if (ipAddress === undefined || ifName === undefined) continue;
    const services = Object.keys(subnet.subnet.metadata.labels ?? {}).filter((label) =>
      label.startsWith(ipamServiceLabelPrefix),
    );
    for (const label of services) (map[label.slice(ipamServiceLabelPrefix.length)] ??= []).push({ ifName, ipAddress });
  }
  return map;
}

function missing(message: string): never {
  throw terminal(`the network template cannot be filled in: ${message}`, { reason: 'TemplateInvalid' });
}
