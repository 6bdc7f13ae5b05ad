import type { TfCassandra } from '@keelson/api';
import type { ContainerPart } from './manifests.js';

const mebibyte = 1024 ** 2;
const largestHeapMebibytes = 8192;
const smallestHeapMebibytes = 1024;
/** The reference's, verified there for most clouds. */
const usualResources: NonNullable<TfCassandra['resources']> = {
  limits: { cpu: '8', memory: '32Gi' },
  requests: { cpu: '1', memory: '16Gi' },
};

/** What a member of Cassandra is given: the operator's word as a whole, or the reference's. */
export function cassandraResources(settings: TfCassandra | undefined): NonNullable<TfCassandra['resources']> {
  return settings?.resources ?? usualResources;
}

/**
 * The heap, by the rule of `cassandra-env.sh`, which counts the memory of the node where it should count that of the container: half of
 * it up to 1 GiB, else a quarter up to 8 GiB. Nothing where no memory is given, or none that can be read.
 */
export function heapOf({ limits, requests }: NonNullable<TfCassandra['resources']>): Readonly<Record<string, string>> {
  const memory = bytesIn(limits?.['memory'] ?? requests?.['memory']);
  if (memory === undefined) return {};
  const whole = Math.floor(memory / mebibyte);
  const heap = Math.max(
    Math.min(Math.floor(whole / 2), smallestHeapMebibytes),
    Math.min(Math.floor(whole / 4), largestHeapMebibytes),
  );
  // Both or none: the script refuses one alone.
  return { MAX_HEAP_SIZE: `${heap}M`, HEAP_NEWSIZE: `${Math.max(1, Math.min(800, Math.floor(heap / 4)))}M` };
}

/** Options that can be written: those of one line each. */
export function cassandraOptions(settings: TfCassandra | undefined): ReadonlyMap<string, string> {
  const given = Object.entries(settings?.configOptions ?? {});
  return new Map(
    given.flatMap(([name, value]) => (isOption(name, value) ? [[name, JSON.stringify(value)] as const] : [])),
  );
}

/** Names of options that have no such form. */
export function strangeOptions(settings: TfCassandra | undefined): readonly string[] {
  const known = cassandraOptions(settings);
  return Object.keys(settings?.configOptions ?? {}).filter((name) => !known.has(name));
}

function isOption(name: string, value: unknown): boolean {
  return /^[a-z][a-z0-9_]*$/.test(name) && ['string', 'number', 'boolean'].includes(typeof value);
}

/** The options take the place of those in the file of the image, which then starts as it does without. */
export function optionsPart(settings: TfCassandra | undefined): Pick<ContainerPart, 'command' | 'env'> {
  const options = cassandraOptions(settings);
  if (options.size === 0) return {};
  const lines = [...options].map(([name, value]) => `${name}: ${value}`).join('\n');
  return { command: ['sh', '-c', withOptions], env: { CASSANDRA_OPTIONS: lines } };
}

/** Exported for its test, which runs it. */
export const withOptions = [
  'set -e',
  'file="${CASSANDRA_CONF:-/etc/cassandra}/cassandra.yaml"',
  'names=$(printf "%s\\n" "$CASSANDRA_OPTIONS" | cut -d: -f1)',
  'for name in $names; do sed -i "/^$name:/d" "$file"; done',
  'printf "\\n%s\\n" "$CASSANDRA_OPTIONS" >> "$file"',
  'exec docker-entrypoint.sh cassandra -f',
].join('\n');

/** Bytes of a quantity of memory; undefined for what is none. */
function bytesIn(quantity: string | number | undefined): number | undefined {
  const found = /^([0-9]+(?:\.[0-9]+)?)([KMGT]i?|k)?$/.exec(String(quantity ?? ''));
  if (found === null) return undefined;
  const [, amount = '', unit = ''] = found;
  const power = 'KMGT'.indexOf(unit.charAt(0).toUpperCase()) + 1;
  return Number(amount) * (unit.endsWith('i') ? 1024 : 1000) ** (unit === '' ? 0 : power);
}
