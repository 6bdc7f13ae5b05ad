/** IPv4 and IPv6 addresses as numbers. The version goes with them: 10.0.0.1 and ::a00:1 are not the same. */
export interface Address {
  readonly version: 4 | 6;
  readonly value: bigint;
}

/** Both ends belong to it. */
export interface AddressRange {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

export interface Network extends AddressRange {
  readonly prefixLength: number;
}

/** Reads an address; undefined when it is none. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Reads a network such as `10.0.0.0/24`; bits of the host part are ignored. undefined when it is none. */
export function parseNetwork(text: string): Network | undefined {
  const [head = '', tail] = text.split('/');
  const address = parseAddress(head);
  const prefixLength = Number(tail);
  if (address === undefined || tail === undefined || tail === '' || !Number.isInteger(prefixLength)) return undefined;
  const width = bitsOf(address.version);
  if (prefixLength < 0 || prefixLength > width) return undefined;
  const hosts = (1n << BigInt(width - prefixLength)) - 1n;
  const first = address.value & ~hosts;
  return { version: address.version, first, last: first | hosts, prefixLength };
}

/** Reads `first-last` or a single address; undefined when it is neither. */
export function parseRange(text: string): AddressRange | undefined {
  const [from = '', to = from] = text.split('-').map((part) => part.trim());
  const [first, last] = [parseAddress(from), parseAddress(to)];
  if (first === undefined || last === undefined || first.version !== last.version) return undefined;
  return { version: first.version, first: first.value, last: last.value };
}

/** The canonical text: dotted for version 4, RFC 5952 for version 6. */
export function formatAddress({ version, value }: Address): string {
  return version === 4
    ? [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
    : formatIpv6(value);
}

export function formatRange({ version, first, last }: AddressRange): string {
  const from = formatAddress({ version, value: first });
  return first === last ? from : `${from}-${formatAddress({ version, value: last })}`;
}

export function doOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.version === b.version && a.first <= b.last && b.first <= a.last;
}

export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.version === inner.version && outer.first <= inner.first && inner.last <= outer.last;
}

/** What is left of `ranges` when `holes` are taken out; sorted, without overlap. */
export function without(ranges: readonly AddressRange[], holes: readonly AddressRange[]): readonly AddressRange[] {
  return holes.reduce<readonly AddressRange[]>(
    (left, hole) => left.flatMap((range) => cut(range, hole)),
    merged(ranges),
  );
}

export function sizeOf(ranges: readonly AddressRange[]): bigint {
  return ranges.reduce((sum, range) => sum + range.last - range.first + 1n, 0n);
}

/** The same addresses as sorted ranges without overlap. */
export function merged(ranges: readonly AddressRange[]): readonly AddressRange[] {
  const sorted = ranges.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const out: AddressRange[] = [];
  for (const range of sorted) {
    const last = out.at(-1);
    if (last === undefined || range.first > last.last + 1n) out.push(range);
    else if (range.last > last.last) out[out.length - 1] = { ...last, last: range.last };
  }
  return out;
}

function cut(range: AddressRange, hole: AddressRange): AddressRange[] {
  if (!doOverlap(range, hole)) return [range];
  const { version } = range;
  const below = range.first < hole.first ? [{ version, first: range.first, last: hole.first - 1n }] : [];
  const above = range.last > hole.last ? [{ version, first: hole.last + 1n, last: range.last }] : [];
  return [...below, ...above];
}

function bitsOf(version: 4 | 6): number {
  return version === 4 ? 32 : 128;
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return { version: 4, value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n) };
}

function parseIpv6(text: string): Address | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  if (before === undefined || after === undefined) return undefined;
  const gap = 8 - before.length - after.length;
  if (tail === undefined ? gap !== 0 : gap < 1) return undefined;
  const groups = [...before, ...Array.from({ length: gap }, () => 0n), ...after];
  return { version: 6, value: groups.reduce((value, group) => (value << 16n) | group, 0n) };
}

function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  for (const part of text.split(':')) {
    const embedded = part.includes('.') ? parseIpv4(part) : undefined;
    if (embedded !== undefined) groups.push(embedded.value >> 16n, embedded.value & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  const text = groups.join(':');
  const zeros = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].toSorted((a, b) => b[0].length - a[0].length)[0];
  if (zeros === undefined) return text;
  const before = text.slice(0, zeros.index);
  const after = text.slice(zeros.index + zeros[0].length);
  return `${before}::${after.replace(/^:/, '')}`;
}
