/** One update of one machine, as it went. */
export interface DurationRecord {
  /** Which update it belonged to; updates in the order of their first record. */
  readonly update: string;
  readonly machine: string;
  /** Machines of one class are alike: a role, a model. */
  readonly machineClass: string;
  readonly seconds: number;
  /** What was expected when it began. */
  readonly expectedSeconds: number;
  readonly failed: boolean;
}

/** Logarithm of how much longer than expected it took. */
export const surprise = ({ seconds, expectedSeconds }: Pick<DurationRecord, 'seconds' | 'expectedSeconds'>): number =>
  Math.log(Math.max(seconds, 1) / Math.max(expectedSeconds, 1));

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.length < 2 ? 0 : values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

/** The value below which the share `q` of the values lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  return below + ((sorted[Math.ceil(at)] ?? below) - below) * (at - Math.floor(at));
}

/** Values by key, in the order in which keys appear. */
export function grouped<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}
