import type { ApiCheck } from '../cloud/service.js';
import type { Finding } from '../health/finding.js';

/** Components of health that are questions to an API begin so. */
export const checkPrefix = 'check-';

/** What a question to one of a cloud's APIs came to. */
export interface Checked {
  /** Label `application` of the service's workloads, such as `nova`. */
  readonly application: string;
  /** Such as `check-agents`. */
  readonly component: string;
  readonly finding: Finding;
  /** What is wrong, as a sentence; absent when nothing is. */
  readonly message?: string;
}

/** Hosts as Kubernetes knows them. */
export interface Hosts {
  readonly nodes: ReadonlySet<string>;
  /** Nodes that are being worked on: what is down there is no failure. */
  readonly released: ReadonlySet<string>;
}

/** A process that reports itself to its service. */
interface Row {
  readonly what: string;
  readonly host: string;
  readonly isUp: boolean;
  /** An operator has taken it out of service. */
  readonly isOff: boolean;
}

/** A sentence names so many at most. */
const mostNamed = 5;

/** Reads the answer to a check. `undefined` says that all is well; otherwise what is not. */
export function complaintOf({ reads }: ApiCheck, answer: unknown, hosts: Hosts): string | undefined {
  if (reads === 'answers') return undefined;
  const rows = rowsIn(answer);
  if (rows === undefined) return 'it answered in an unknown form';
  return complaintAbout(rows, hosts);
}

/**
 * A process that is bound to a node must be up there. Of others, whose rows outlive their pods, one of each sort must be.
 */
function complaintAbout(rows: readonly Row[], { nodes, released }: Hosts): string | undefined {
  const counted = rows.filter(({ host, isOff }) => !isOff && !released.has(host));
  const bound = counted
    .filter(({ host, isUp }) => nodes.has(host) && !isUp)
    .map(({ what, host }) => `${what} on ${host}`);
  const free = counted.filter(({ host }) => !nodes.has(host));
  const sorts = new Map<string, boolean>();
  for (const { what, isUp } of free) sorts.set(what, sorts.get(what) === true || isUp);
  const down = [...bound, ...[...sorts].flatMap(([what, isUp]) => (isUp ? [] : [`every ${what}`]))];
  if (down.length === 0) return undefined;
  const shown = down.slice(0, mostNamed).join(', ');
  return `down: ${down.length > mostNamed ? `${shown} and ${down.length - mostNamed} more` : shown}`;
}

/** The first list of an answer: each API names its own. */
function rowsIn(answer: unknown): readonly Row[] | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const list: unknown = Object.values(answer).find(Array.isArray);
  return Array.isArray(list) ? list.map(rowOf) : undefined;
}

function rowOf(entry: unknown): Row {
  const word = (...names: readonly string[]): string => {
    for (const name of names) {
      const value: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, name) : undefined;
      if (typeof value === 'string' || typeof value === 'boolean') return String(value).toLowerCase();
    }
    return '';
  };
  return {
    what: word('binary', 'agent_type', 'service_name', 'type') || 'process',
    host: word('host', 'hostname'),
    // nova, cinder, heat, manila: state; neutron and ironic: alive; designate: status UP.
    isUp: ['up', 'true'].includes(word('state', 'alive', 'status')),
    isOff: word('status') === 'disabled' || word('admin_state_up') === 'false' || word('forced_down') === 'true',
  };
}
