import type { ApiCheck } from '../cloud/service.js';
import type { Finding } from '../health/finding.js';
import { catalogueFaults } from './catalogue.js';
import type { Facts } from './facts.js';
import { missingHypervisors, type Row, rowsIn } from './rows.js';

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
  /** Processes that the answer tells of, where it is about processes. */
  readonly processes?: readonly Row[];
}

/** A sentence names so many at most. */
const mostNamed = 5;
const unreadable = 'it answered in an unknown form';

/**
 * Reads the answer to a check. `undefined` says that all is well; otherwise what is not.
 *
 * @param before answers to the checks before it, by their names
 */
export function complaintOf(
  check: ApiCheck,
  answer: unknown,
  facts: Facts,
  before: ReadonlyMap<string, unknown> = new Map(),
): string | undefined {
  if (check.reads === 'answers') return undefined;
  if (check.reads === 'catalogue') {
    const faults = catalogueFaults(facts.claims, before.get('services'), answer);
    return faults === undefined ? unreadable : told('not as it is to be', faults);
  }
  const rows = rowsIn(answer);
  if (rows === undefined) return unreadable;
  const parts = [told('down', downIn(rows, facts, check.servesBackends))];
  if (check.reads === 'hypervisors')
    parts.push(told('missing', missingHypervisors(rows, rowsIn(before.get('services')) ?? [], facts)));
  if (check.servesBackends !== undefined)
    parts.push(told('missing', missingBackends(rows, check.servesBackends, facts)));
  const said = parts.filter((part) => part !== undefined);
  return said.length === 0 ? undefined : said.join('; ');
}

function told(what: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const shown = names.slice(0, mostNamed).join(', ');
  return `${what}: ${names.length > mostNamed ? `${shown} and ${names.length - mostNamed} more` : shown}`;
}

/**
 * A process that is bound to a node must be up there, and so must one that serves a back end of its files: its host is
 * `node@backend` or `name@backend`. Rows of back ends that are no longer in any file outlive them. Of others, whose rows outlive
 * their pods, one of each sort must be up.
 */
function downIn(rows: readonly Row[], facts: Facts, serves: ApiCheck['servesBackends']): readonly string[] {
  const { nodes, released } = facts;
  const wanted: ReadonlySet<string> = new Set(serves === undefined ? [] : facts.backends[serves]);
  const counted = rows.filter(({ node, isOff }) => !isOff && !released.has(node));
  const isBound = ({ node, host }: Row): boolean => nodes.has(node) || wanted.has(host);
  const bound = counted.filter((row) => isBound(row) && !row.isUp).map((row) => nameOf(row, nodes));
  const free = counted.filter((row) => !isBound(row) && (row.backend === undefined || serves === undefined));
  const sorts = new Map<string, boolean>();
  for (const { what, isUp } of free) sorts.set(what, sorts.get(what) === true || isUp);
  return [...bound, ...[...sorts].flatMap(([what, isUp]) => (isUp ? [] : [`every ${what}`]))];
}

function nameOf({ what, host, node, backend }: Row, nodes: Facts['nodes']): string {
  if (backend === undefined) return `${what} on ${node}`;
  return nodes.has(node) ? `${what} of the back end ${backend} on ${node}` : `${what} of the back end ${host}`;
}

/** Back ends in files that no process has told of. */
function missingBackends(
  rows: readonly Row[],
  serves: 'cinder-volume' | 'manila-share',
  { backends }: Facts,
): readonly string[] {
  const hosts = new Set(rows.filter(({ what }) => what === serves).map(({ host }) => host));
  return backends[serves].filter((host) => !hosts.has(host)).map((host) => `${serves} of the back end ${host}`);
}
