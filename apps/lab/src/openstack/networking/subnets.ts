import { type Doc, refused, textAt } from '../exchange.js';

/**
 * What neutron adds to a subnet: its gateway and the addresses that are given out are computed from its range, and lists that
 * nobody gave are empty. https://docs.openstack.org/api-ref/network/v2/#subnets
 */
export function freshSubnet(given: Doc): Doc {
  const cidr = textAt(given, 'cidr') ?? '';
  const version = cidr.includes(':') ? 6 : 4;
  const range = version === 4 && cidr !== '' ? rangeOf(cidr) : undefined;
  const gateway = given['gateway_ip'] === undefined ? (range?.gateway ?? null) : given['gateway_ip'];
  return {
    name: '',
    description: '',
    enable_dhcp: true,
    ip_version: version,
    gateway_ip: gateway,
    allocation_pools: range === undefined ? [] : poolsOf(range, gateway),
    dns_nameservers: [],
    host_routes: [],
    service_types: [],
    tags: [],
    dns_publish_fixed_ip: false,
    segment_id: null,
    subnetpool_id: null,
    ipv6_address_mode: null,
    ipv6_ra_mode: null,
    revision_number: 0,
  };
}

interface Range {
  readonly first: number;
  readonly last: number;
  readonly gateway: string;
}

/** Usable addresses of an IPv4 network. @throws CloudError 400 for what is none */
function rangeOf(cidr: string): Range {
  const [address = '', length = ''] = cidr.split('/');
  const parts = address.split('.').map(Number);
  const bits = Number(length === '' ? Number.NaN : length);
  const isAddress = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
  if (!isAddress || !Number.isInteger(bits) || bits < 0 || bits > 32)
    throw refused(`Invalid input for cidr. Reason: '${cidr}' is not a valid IP subnet.`);
  const size = 2 ** (32 - bits);
  const start = Math.floor(parts.reduce((sum, part) => sum * 256 + part, 0) / size) * size;
  return { first: start + 1, last: start + size - 2, gateway: text(start + 1) };
}

/** Everything but the gateway. */
function poolsOf({ first, last }: Range, gateway: unknown): readonly Doc[] {
  const own = typeof gateway === 'string' ? gateway.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) : 0;
  const spans =
    own < first || own > last
      ? [[first, last]]
      : [
          [first, own - 1],
          [own + 1, last],
        ];
  return spans.flatMap(([start = 0, end = 0]) => (start > end ? [] : [{ start: text(start), end: text(end) }]));
}

function text(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
