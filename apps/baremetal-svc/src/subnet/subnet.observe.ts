import { type IPaddr, IPaddrKind, keyOf, keyText, labels, type Subnet, SubnetKind } from '@keelson/api';
import type { Reader } from '@keelson/reconcile';
import { type Pool, poolOf } from '../addresses/pool.js';

export interface SubnetWorld {
  readonly now: number;
  readonly subnet: Subnet;
  readonly pool: Pool;
  /** Given out from it or asking for it. */
  readonly addresses: readonly IPaddr[];
  /** Other Subnets of the same cluster that were there first. */
  readonly elders: readonly { readonly name: string; readonly cidr: string; readonly pool: Pool }[];
}

export function observeSubnet(reader: Reader, subnet: Subnet): SubnetWorld {
  return {
    now: reader.now,
    subnet,
    pool: poolOf(subnet),
    addresses: reader.byIndex(IPaddrKind, 'subnet', keyText(keyOf(subnet))),
    elders: eldersOf(reader, subnet).map((elder) => ({
      name: elder.metadata.name,
      cidr: elder.spec.cidr,
      pool: poolOf(elder),
    })),
  };
}

/** Subnets of the same cluster that were made before. Subnets of no cluster share nothing. */
export function eldersOf(reader: Reader, subnet: Subnet): readonly Subnet[] {
  const cluster = clusterOf(subnet);
  if (cluster === undefined) return [];
  return reader
    .list(SubnetKind, subnet.metadata.namespace)
    .filter(
      (other) =>
        clusterOf(other) === cluster &&
        other.metadata.name !== subnet.metadata.name &&
        orderOf(other) < orderOf(subnet),
    );
}

export function clusterOf({ metadata }: Subnet): string | undefined {
  return metadata.labels?.[labels.clusterName];
}

function orderOf({ metadata }: Subnet): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
}
