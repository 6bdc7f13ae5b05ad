import { isIP } from 'node:net';
import type { Environment } from '@marcbachmann/cel-js';

/** An IP address as Kubernetes' rules have it: no zones, no leading zeros, no IPv4 in the clothes of IPv6. */
export class IpAddress {
  readonly family: 4 | 6;
  readonly bits: bigint;

  constructor(family: 4 | 6, bits: bigint) {
    this.family = family;
    this.bits = bits;
  }

  /** undefined when the text is no address. */
  static parse(text: string): IpAddress | undefined {
    const family = text.includes('%') ? 0 : isIP(text);
    if (family === 4) return new IpAddress(4, numberOf(text.split('.'), 10, 8n));
    if (family !== 6) return undefined;
    const address = new IpAddress(6, numberOf(groupsOf(text), 16, 16n));
    return address.bits >> 32n === 0xffffn ? undefined : address;
  }

  get width(): number {
    return this.family === 4 ? 32 : 128;
  }

  /** RFC 5952. */
  toString(): string {
    if (this.family === 4) return parts(this.bits, 4, 8n).join('.');
    const groups = parts(this.bits, 8, 16n).map((group) => group.toString(16));
    return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
  }

  /** Whether it lies in a network, given by its first address and the length of its prefix. */
  isIn(network: string, length: number): boolean {
    const other = IpAddress.parse(network);
    return other?.family === this.family && this.masked(length).bits === other.masked(length).bits;
  }

  masked(length: number): IpAddress {
    const rest = BigInt(this.width - length);
    return new IpAddress(this.family, (this.bits >> rest) << rest);
  }

  isAnyIn(networks: readonly (readonly [string, number])[]): boolean {
    return networks.some(([network, length]) => this.isIn(network, length));
  }
}

/** The eight groups of an IPv6 address that was checked already. */
function groupsOf(text: string): string[] {
  const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  if (tail === undefined) return left;
  const right = tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}

function numberOf(texts: readonly string[], base: number, width: bigint): bigint {
  return texts.reduce((bits, text) => (bits << width) | BigInt(Number.parseInt(text, base)), 0n);
}

function parts(bits: bigint, count: number, width: bigint): number[] {
  return Array.from({ length: count }, (_, i) =>
    Number((bits >> (width * BigInt(count - 1 - i))) & ((1n << width) - 1n)),
  );
}

/** An address and the length of a prefix. */
export class Cidr {
  readonly address: IpAddress;
  readonly length: number;

  constructor(address: IpAddress, length: number) {
    this.address = address;
    this.length = length;
  }

  static parse(text: string): Cidr | undefined {
    const [, ip = '', length = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
    const address = IpAddress.parse(ip);
    return address === undefined || Number(length) > address.width ? undefined : new Cidr(address, Number(length));
  }

  toString(): string {
    return `${this.address.toString()}/${this.length}`;
  }

  containsIp(address: IpAddress): boolean {
    return address.isIn(this.address.toString(), this.length);
  }

  containsCidr(other: Cidr): boolean {
    return other.length >= this.length && this.containsIp(other.address);
  }
}

const loopback = [
  ['127.0.0.0', 8],
  ['::1', 128],
] as const;
const linkLocal = [
  ['169.254.0.0', 16],
  ['fe80::', 10],
] as const;
const multicast = [
  ['224.0.0.0', 4],
  ['ff00::', 8],
] as const;
const nowhere = [
  ['0.0.0.0', 32],
  ['::', 128],
] as const;
/** `ff02::/16` with any flags (net/netip). */
const linkLocalMulticast = (ip: IpAddress): boolean =>
  ip.family === 4 ? ip.isIn('224.0.0.0', 24) : ((ip.bits >> 112n) & 0xff0fn) === 0xff02n;
const isGlobal = (ip: IpAddress): boolean =>
  !ip.isAnyIn([...loopback, ...linkLocal, ...multicast, ...nowhere, ['255.255.255.255', 32]]);

/** Stands for the name before the dot in `ip.isCanonical(…)`. */
class IpNamespace {}

function parsedIp(text: string): IpAddress {
  const address = IpAddress.parse(text);
  if (address === undefined) throw new Error(`IP Address '${text}' parse error during conversion from string`);
  return address;
}

function parsedCidr(text: string): Cidr {
  const cidr = Cidr.parse(text);
  if (cidr === undefined) throw new Error(`network address parse error during conversion from string: '${text}'`);
  return cidr;
}

/** The IP and CIDR libraries (k8s.io/apiserver/pkg/cel/library: ip.go, cidr.go). */
export function addAddresses(env: Environment): void {
  env.registerType('net.IP', { ctor: IpAddress, fields: {} });
  env.registerType('IpNamespace', { ctor: IpNamespace, fields: {} });
  env.registerConstant('ip', 'IpNamespace', new IpNamespace());
  env.registerFunction('ip(string): net.IP', parsedIp);
  env.registerFunction('isIP(string): bool', (text: string) => IpAddress.parse(text) !== undefined);
  env.registerFunction(
    'IpNamespace.isCanonical(string): bool',
    (_: IpNamespace, text: string) => parsedIp(text).toString() === text,
  );
  env.registerFunction('string(net.IP): string', (ip: IpAddress) => ip.toString());
  env.registerFunction('net.IP.family(): int', (ip: IpAddress) => BigInt(ip.family));
  env.registerFunction('net.IP.isUnspecified(): bool', (ip: IpAddress) => ip.isAnyIn(nowhere));
  env.registerFunction('net.IP.isLoopback(): bool', (ip: IpAddress) => ip.isAnyIn(loopback));
  env.registerFunction('net.IP.isLinkLocalUnicast(): bool', (ip: IpAddress) => ip.isAnyIn(linkLocal));
  env.registerFunction('net.IP.isLinkLocalMulticast(): bool', linkLocalMulticast);
  env.registerFunction('net.IP.isGlobalUnicast(): bool', isGlobal);
  env.registerOperator('net.IP == net.IP', (a: IpAddress, b: IpAddress) => a.toString() === b.toString());
  addCidrs(env);
}

function addCidrs(env: Environment): void {
  env.registerType('net.CIDR', { ctor: Cidr, fields: {} });
  env.registerFunction('cidr(string): net.CIDR', parsedCidr);
  env.registerFunction('isCIDR(string): bool', (text: string) => Cidr.parse(text) !== undefined);
  env.registerFunction('string(net.CIDR): string', (cidr: Cidr) => cidr.toString());
  env.registerFunction('net.CIDR.ip(): net.IP', (cidr: Cidr) => cidr.address);
  env.registerFunction(
    'net.CIDR.masked(): net.CIDR',
    (cidr: Cidr) => new Cidr(cidr.address.masked(cidr.length), cidr.length),
  );
  env.registerFunction('net.CIDR.prefixLength(): int', (cidr: Cidr) => BigInt(cidr.length));
  env.registerFunction('net.CIDR.containsIP(net.IP): bool', (cidr: Cidr, ip: IpAddress) => cidr.containsIp(ip));
  env.registerFunction('net.CIDR.containsIP(string): bool', (cidr: Cidr, ip: string) => cidr.containsIp(parsedIp(ip)));
  env.registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', (cidr: Cidr, other: Cidr) => cidr.containsCidr(other));
  env.registerFunction('net.CIDR.containsCIDR(string): bool', (cidr: Cidr, other: string) =>
    cidr.containsCidr(parsedCidr(other)),
  );
  env.registerOperator('net.CIDR == net.CIDR', (a: Cidr, b: Cidr) => a.toString() === b.toString());
}
