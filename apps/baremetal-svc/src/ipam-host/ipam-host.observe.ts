import {
  type IPaddr,
  IPaddrKind,
  type IpamHost,
  keyOf,
  keyText,
  type L2Template,
  L2TemplateKind,
  labels,
  type Machine,
  MachineKind,
  type Reference,
  type Subnet,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { isFailure } from '@keelson/std';
import { refOf } from '../inventory/inventory.plan.js';
import { layoutSubnet } from '../l2-template/layout.js';
import { type AddressUse, macrosOf, subnetsOf, usesOf } from '../l2-template/netplan.js';
import { observeSubnet, type SubnetWorld } from '../subnet/subnet.observe.js';

export interface IpamHostWorld {
  readonly now: number;
  readonly ipamHost: IpamHost;
  readonly machine: Machine | undefined;
  readonly network: NetworkView;
  /** All IPaddrs made for this IpamHost. */
  readonly addresses: readonly IPaddr[];
}

export type NetworkView =
  | { readonly type: 'bad'; readonly on: Reference; readonly reason: string; readonly message: string }
  | {
      readonly type: 'good';
      readonly template: L2Template;
      readonly text: string;
      readonly uses: readonly UseView[];
      /** By the names that macros use. */
      readonly subnets: ReadonlyMap<string, Subnet>;
    };

/** One address that the template needs. */
export interface UseView {
  readonly use: AddressUse;
  readonly subnet: SubnetWorld;
  readonly address: IPaddr | undefined;
}

/** Which use of a Subnet an IPaddr is for, as `0:lcm`. */
export const useAnnotation = 'keelson.dev/use';

export function observeIpamHost(reader: Reader, ipamHost: IpamHost): IpamHostWorld {
  const addresses = reader
    .byIndex(IPaddrKind, 'owner', keyText(keyOf(ipamHost)))
    .filter((address) => address.metadata.labels?.[labels.ipamIpamHostId] === ipamHost.metadata.uid);
  const machine = reader.get(MachineKind, keyOf(ipamHost));
  return { now: reader.now, ipamHost, machine, addresses, network: networkOf(reader, ipamHost, machine, addresses) };
}

function networkOf(
  reader: Reader,
  ipamHost: IpamHost,
  machine: Machine | undefined,
  addresses: readonly IPaddr[],
): NetworkView {
  const template = templateOf(reader, ipamHost, machine);
  if ('message' in template) return { type: 'bad', ...template };
  const text = ipamHost.spec.npTemplateOverride ?? template.spec.npTemplate ?? '';
  const namespace = ipamHost.metadata.namespace ?? '';
  try {
    const macros = macrosOf(text);
    const subnets = new Map(subnetsOf(macros).map((name) => [name, layoutSubnet(reader, template, namespace, name)]));
    const uses = usesOf(macros).flatMap((use) => {
      const subnet = subnets.get(use.subnet);
      return subnet === undefined
        ? []
        : [{ use, subnet: observeSubnet(reader, subnet), address: addressFor(addresses, use, subnet) }];
    });
    return { type: 'good', template, text, uses, subnets };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { type: 'bad', on: refOf('L2Template', template), reason: error.reason, message: error.message };
  }
}

function addressFor(addresses: readonly IPaddr[], use: AddressUse, subnet: Subnet): IPaddr | undefined {
  return addresses.find(
    ({ metadata, spec }) =>
      metadata.annotations?.[useAnnotation] === use.key &&
      spec.subnetRef === subnet.metadata.name &&
      metadata.namespace === subnet.metadata.namespace &&
      metadata.deletionTimestamp === undefined,
  );
}

type Missing = { readonly on: Reference; readonly reason: string; readonly message: string };

/** The template the spec selects, else the default one of the machine's cluster. */
function templateOf(reader: Reader, ipamHost: IpamHost, machine: Machine | undefined): L2Template | Missing {
  const { namespace } = ipamHost.metadata;
  const selector = ipamHost.spec.l2TemplateSelector;
  const cluster = machine?.metadata.labels?.[labels.clusterName];
  const on = (name: string): Reference => ({
    kind: 'L2Template',
    ...(namespace === undefined ? {} : { namespace }),
    name,
  });
  if (selector?.name !== undefined) {
    const named = reader.get(L2TemplateKind, { namespace, name: selector.name });
    const message = `L2Template ${selector.name} does not exist in this namespace. Create it, or correct l2TemplateSelector of the Machine.`;
    return named ?? { on: on(selector.name), reason: 'L2TemplateNotFound', message };
  }
  const label = selector?.label ?? labels.ipamDefaultForCluster;
  const candidates = reader
    .list(L2TemplateKind, namespace)
    .filter(
      ({ metadata }) =>
        metadata.labels?.[label] !== undefined &&
        (cluster === undefined || metadata.labels[labels.clusterName] === cluster),
    )
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const [first] = candidates;
  const message = `No L2Template of cluster ${cluster ?? ''} carries the label ${label}. Label one, or name one in l2TemplateSelector of the Machine.`;
  return first ?? { on: on(label), reason: 'L2TemplateNotFound', message };
}
