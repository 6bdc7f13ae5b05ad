import type { IPaddr, Subnet } from '@keelson/api';
import {
  type Address,
  type AddressRange,
  contains,
  formatAddress,
  formatRange,
  type Network,
  parseAddress,
  parseNetwork,
  parseRange,
  sizeOf,
  without,
} from './addresses.js';

/** A Subnet read: from which ranges it gives addresses, or what is wrong with it. */
export type Pool =
  | { readonly type: 'good'; readonly network: Network; readonly ranges: readonly AddressRange[] }
  | { readonly type: 'bad'; readonly problem: string };

/** Reads the spec of a Subnet. */
export function poolOf({ spec }: Pick<Subnet, 'spec'>): Pool {
  const network = parseNetwork(spec.cidr);
  if (network === undefined)
    return { type: 'bad', problem: `spec.cidr ${spec.cidr} is not a network such as 10.0.10.0/24` };
  const included = rangesOf('includeRanges', spec.includeRanges ?? [], network);
  const excluded = rangesOf('excludeRanges', spec.excludeRanges ?? [], network);
  if (typeof included === 'string') return { type: 'bad', problem: included };
  if (typeof excluded === 'string') return { type: 'bad', problem: excluded };
  const gateway = spec.gateway === undefined ? undefined : parseAddress(spec.gateway);
  if (spec.gateway !== undefined && (gateway === undefined || !contains(network, single(gateway)))) {
    return { type: 'bad', problem: `spec.gateway ${spec.gateway} does not lie in ${spec.cidr}` };
  }
  const edges = spec.useWholeCidr === true || network.last - network.first < 2n ? [] : edgesOf(network);
  const holes = [...excluded, ...edges, ...(gateway === undefined ? [] : [single(gateway)])];
  return { type: 'good', network, ranges: without(included.length > 0 ? included : [network], holes) };
}

/** The address an IPaddr holds or claims; undefined while it has neither. One that failed has given its claim up. */
export function claimOf(address: IPaddr): string | undefined {
  const text = address.status?.phase === 'Failed' ? undefined : (address.status?.address ?? address.spec.wantedAddress);
  return text === undefined ? undefined : canonical(text);
}

/** The one text of an address, so that two can be compared. */
export function canonical(text: string): string {
  // Asked for every address of a Subnet in every pass: what is canonical already is not taken apart.
  if (/^[1-9]\d{0,2}(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return text;
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
}

/** The first address of the pool that nobody holds; undefined when it is exhausted. `skip` passes over that many free ones. */
export function freeAddress(
  pool: Extract<Pool, { type: 'good' }>,
  taken: ReadonlySet<string>,
  skip = 0,
): string | undefined {
  let left = skip;
  let lastFree: string | undefined;
  for (const { version, first, last } of pool.ranges) {
    for (let value = first; value <= last; value += 1n) {
      const text = formatAddress({ version, value });
      if (taken.has(text)) continue;
      if (left === 0) return text;
      left -= 1;
      lastFree = text;
    }
  }
  return lastFree;
}

/** True when the pool may give that address out. */
export function mayGive(pool: Extract<Pool, { type: 'good' }>, text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && pool.ranges.some((range) => contains(range, single(address)));
}

export function capacityOf(pool: Extract<Pool, { type: 'good' }>): number {
  return Number(sizeOf(pool.ranges));
}

/** Name of the IPaddr that IPAM makes for an address: one name for one address, so that creating it is taking it. */
export function addressName(subnet: string, address: string): string {
  return `${subnet}-${address.replaceAll('.', '-').replaceAll('::', '-x-').replaceAll(':', '-')}`.replace(/-$/, '-0');
}

function rangesOf(field: string, texts: readonly string[], network: Network): readonly AddressRange[] | string {
  const ranges: AddressRange[] = [];
  for (const text of texts) {
    const range = parseRange(text);
    if (range === undefined) return `spec.${field}: ${text} is neither an address nor a range first-last`;
    if (range.first > range.last) return `spec.${field}: ${text} ends before it begins`;
    if (!contains(network, range)) return `spec.${field}: ${text} does not lie in ${formatRange(network)}`;
    ranges.push(range);
  }
  return ranges;
}

function single({ version, value }: Address): AddressRange {
  return { version, first: value, last: value };
}

function edgesOf({ version, first, last }: Network): readonly AddressRange[] {
  return [
    { version, first, last: first },
    { version, first: last, last },
  ];
}
