import {
  type IPaddr,
  IPaddrKind,
  type IpamHost,
  IpamHostKind,
  labels,
  parseKey,
  type Subnet,
  SubnetKind,
} from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { observeSubnet, type SubnetWorld } from '../subnet/subnet.observe.js';

export interface IpaddrWorld {
  readonly now: number;
  readonly address: IPaddr;
  readonly subnet: Subnet | undefined;
  readonly subnetWorld: SubnetWorld | undefined;
  /** Other IPaddrs of the Subnet. */
  readonly others: readonly IPaddr[];
  /** The IpamHost it was made for, if it still is there and stays. */
  readonly user: IpamHost | undefined;
}

/** The IpamHost an address was made for, as namespace/name; its uid is in the label ipam/IpamHostID. */
export const ownerAnnotation = 'keelson.dev/ipamhost';

export function observeIpaddr(reader: Reader, address: IPaddr): IpaddrWorld {
  const { namespace, annotations } = address.metadata;
  const subnet = reader.get(SubnetKind, { namespace, name: address.spec.subnetRef });
  const owner = annotations?.[ownerAnnotation];
  const user = owner === undefined ? undefined : reader.get(IpamHostKind, parseKey(owner));
  return {
    now: reader.now,
    address,
    subnet,
    subnetWorld: subnet === undefined ? undefined : observeSubnet(reader, subnet),
    others: reader
      .byIndex(IPaddrKind, 'subnet', `${namespace ?? ''}/${address.spec.subnetRef}`)
      .filter((other) => other.metadata.uid !== address.metadata.uid),
    user:
      user !== undefined &&
      user.metadata.uid === address.metadata.labels?.[labels.ipamIpamHostId] &&
      user?.metadata.deletionTimestamp === undefined
        ? user
        : undefined,
  };
}
