import type { Facts } from './facts.js';

/** A process that reports itself to its service. */
export interface Row {
  readonly what: string;
  /** As its service knows it: a node, a pod, or `node@backend`. */
  readonly host: string;
  /** The host without its back end. */
  readonly node: string;
  readonly backend: string | undefined;
  /** Availability zone; `nova`, which is its default everywhere, where the service does not say. */
  readonly zone: string;
  readonly isUp: boolean;
  /** An operator wants nothing new on it. */
  readonly isDisabled: boolean;
  /** An operator has taken it out of service, so or by forcing it down. */
  readonly isOff: boolean;
}

/** The first list of an answer: each API names its own. Undefined where there is none. */
export function rowsIn(answer: unknown): readonly Row[] | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const list: unknown = Object.values(answer).find(Array.isArray);
  return Array.isArray(list) ? list.map(rowOf) : undefined;
}

function rowOf(entry: unknown): Row {
  const service = memberOf(entry, 'service');
  const isHypervisor = memberOf(entry, 'hypervisor_hostname') !== undefined;
  // A hypervisor is known by libvirt's name for it; its service by the node's.
  const host = isHypervisor
    ? wordIn(service, 'host') || wordIn(entry, 'hypervisor_hostname')
    : wordIn(entry, 'host', 'hostname');
  const at = host.lastIndexOf('@');
  const isDisabled = lower(wordIn(entry, 'status')) === 'disabled' || wordIn(entry, 'admin_state_up') === 'false';
  return {
    what: isHypervisor
      ? 'hypervisor'
      : lower(wordIn(entry, 'binary', 'agent_type', 'service_name', 'type')) || 'process',
    host,
    node: lower(at < 0 ? host : host.slice(0, at)),
    backend: at < 0 ? undefined : host.slice(at + 1),
    // nova, cinder, heat, manila: state; neutron and ironic: alive; designate: status UP.
    isUp: ['up', 'true'].includes(lower(wordIn(entry, 'state', 'alive', 'status'))),
    zone: wordIn(entry, 'zone', 'availability_zone') || 'nova',
    isDisabled,
    isOff: isDisabled || wordIn(entry, 'forced_down') === 'true',
  };
}

function lower(word: string): string {
  return word.toLowerCase();
}

/** The first of the members that is there, as text; an empty text where none is. */
function wordIn(entry: unknown, ...names: readonly string[]): string {
  for (const name of names) {
    const value = memberOf(entry, name);
    if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  }
  return '';
}

function memberOf(entry: unknown, name: string): unknown {
  return typeof entry === 'object' && entry !== null ? Reflect.get(entry, name) : undefined;
}

/**
 * Computes of the cluster without a hypervisor, and whether nova knows their nova-compute at all. State and status of hypervisors
 * are those of their services' rows, which nova keeps once: between the two there is nothing to compare but who is there.
 */
export function missingHypervisors(
  hypervisors: readonly Row[],
  services: readonly Row[],
  { computes, released }: Facts,
): readonly string[] {
  const there = new Set(hypervisors.map(({ node }) => node));
  const known = new Map(services.filter(({ what }) => what === 'nova-compute').map((row) => [row.node, row]));
  return [...computes]
    .filter((node) => !there.has(node) && !released.has(node) && known.get(node)?.isOff !== true)
    .map((node) =>
      known.has(node) ? `hypervisor on ${node}, whose nova-compute is known` : `nova-compute on ${node}`,
    );
}
