import type { Environment } from '@marcbachmann/cel-js';

const form =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

/** A semantic version (semver.org, version 2). */
class Semver {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  static parse(text: string): Semver | undefined {
    const parts = form.exec(text);
    if (parts === null) return undefined;
    const [, major = '', minor = '', patch = '', prerelease] = parts;
    return new Semver([BigInt(major), BigInt(minor), BigInt(patch)], prerelease?.split('.') ?? []);
  }

  compareTo(other: Semver): number {
    for (const [i, number] of this.numbers.entries()) {
      const order = compare(number, other.numbers[i] ?? 0n);
      if (order !== 0) return order;
    }
    if (this.prerelease.length === 0 || other.prerelease.length === 0)
      return compare(other.prerelease.length, this.prerelease.length);
    for (const [i, part] of this.prerelease.entries()) {
      const order = compareParts(part, other.prerelease[i]);
      if (order !== 0) return order;
    }
    return compare(this.prerelease.length, other.prerelease.length);
  }
}

function compare<T extends bigint | number | string>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b);
}

/** Numbers come before words; more parts come after fewer. */
function compareParts(a: string, b: string | undefined): number {
  if (b === undefined) return 1;
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOtherNumber) return compare(BigInt(a), BigInt(b));
  return isNumber === isOtherNumber ? compare(a, b) : isNumber ? -1 : 1;
}

/** Takes a leading v and leading zeros away, and adds the numbers that are missing. */
function normalized(text: string): string {
  const [version = '', ...rest] = text.replace(/^v/, '').split(/(?=[-+])/);
  const numbers = version.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  return [...numbers, '0', '0'].slice(0, Math.max(3, numbers.length)).join('.') + rest.join('');
}

/** Semantic versions (k8s.io/apiserver/pkg/cel/library/semverlib.go). */
export function addSemver(env: Environment): void {
  const parse = (text: string): Semver => {
    const version = Semver.parse(text);
    if (version === undefined) throw new Error(`parse semver ${JSON.stringify(text)}: no semantic version`);
    return version;
  };
  env.registerType('Semver', { ctor: Semver, fields: {} });
  env.registerFunction('semver(string): Semver', parse);
  env.registerFunction('semver(string, bool): Semver', (text: string, isLoose: boolean) =>
    parse(isLoose ? normalized(text) : text),
  );
  env.registerFunction('isSemver(string): bool', (text: string) => Semver.parse(text) !== undefined);
  env.registerFunction(
    'isSemver(string, bool): bool',
    (text: string, isLoose: boolean) => Semver.parse(isLoose ? normalized(text) : text) !== undefined,
  );
  ['major', 'minor', 'patch'].forEach((name, i) =>
    env.registerFunction(`Semver.${name}(): int`, (version: Semver) => version.numbers[i] ?? 0n),
  );
  env.registerFunction('Semver.isGreaterThan(Semver): bool', (a: Semver, b: Semver) => a.compareTo(b) > 0);
  env.registerFunction('Semver.isLessThan(Semver): bool', (a: Semver, b: Semver) => a.compareTo(b) < 0);
  env.registerFunction('Semver.compareTo(Semver): int', (a: Semver, b: Semver) => BigInt(a.compareTo(b)));
  env.registerOperator('Semver == Semver', (a: Semver, b: Semver) => a.compareTo(b) === 0);
}
