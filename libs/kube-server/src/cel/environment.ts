import { Environment } from '@marcbachmann/cel-js';
import { addAddresses } from './addresses.js';
import { isEqual } from './equality.js';
import { addFormats } from './formats.js';
import { addMatches } from './parse.js';
import { Quantity } from './quantity.js';
import { addSemver } from './semver.js';
import { addSets } from './sets.js';
import { addStrings } from './strings.js';
import { addTwoVariables } from './two-variables.js';
import { addUrls } from './urls.js';

/**
 * The functions rules may use, those of a kube-apiserver 1.33: CEL's standard library, strings, sets, comprehensions over two
 * variables and optional values, and of Kubernetes' libraries lists, regex, URLs, addresses, quantities, formats and versions. Any other function makes the definition invalid, with a message that names
 * it; nothing is ignored.
 *
 * @param oldSelf how `oldSelf` is given: as it is, or wrapped where a rule says `optionalOldSelf`
 */
export function ruleEnvironment(oldSelf: 'plain' | 'optional' = 'plain'): Environment {
  return environmentWith({ self: 'dyn', oldSelf: oldSelf === 'plain' ? 'dyn' : 'optional<dyn>' });
}

/** The same functions, over nothing yet: for clones that declare their own variables. */
export function baseEnvironment(): Environment {
  return environmentWith({});
}

function environmentWith(variables: Readonly<Record<string, string>>): Environment {
  const env = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  for (const [name, type] of Object.entries(variables)) env.registerVariable(name, type);
  addLists(env);
  addStrings(env);
  addMatches(env);
  addSets(env);
  addUrls(env);
  addAddresses(env);
  addFormats(env);
  addQuantities(env);
  addSemver(env);
  addTwoVariables(env);
  return env;
}

type Ordered = bigint | number | string;

function addLists(env: Environment): void {
  env.registerFunction('list<dyn>.sum(): dyn', (list: Ordered[]) => sum(list));
  env.registerFunction('list<dyn>.min(): dyn', (list: Ordered[]) => least(list, (a, b) => a < b));
  env.registerFunction('list<dyn>.max(): dyn', (list: Ordered[]) => least(list, (a, b) => a > b));
  env.registerFunction('list<dyn>.isSorted(): bool', (list: Ordered[]) =>
    list.every((item, i) => i === 0 || !(item < (list[i - 1] as Ordered))),
  );
  env.registerFunction('list<dyn>.indexOf(dyn): int', (list: unknown[], wanted: unknown) =>
    BigInt(list.findIndex((item) => isEqual(item, wanted))),
  );
  env.registerFunction('list<dyn>.lastIndexOf(dyn): int', (list: unknown[], wanted: unknown) =>
    BigInt(list.findLastIndex((item) => isEqual(item, wanted))),
  );
}

function sum(list: readonly Ordered[]): bigint | number {
  if (list.every((item) => typeof item === 'bigint'))
    return list.reduce<bigint>((total, item) => total + BigInt(item), 0n);
  return list.reduce<number>((total, item) => total + Number(item), 0);
}

function least(list: readonly Ordered[], isBetter: (a: Ordered, b: Ordered) => boolean): Ordered {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error('min or max called on empty list');
  return rest.reduce((best, item) => (isBetter(item, best) ? item : best), first);
}

function addQuantities(env: Environment): void {
  env.registerType('Quantity', { ctor: Quantity, fields: {} });
  env.registerFunction('quantity(string): Quantity', (text: string) => {
    const quantity = Quantity.parse(text);
    if (quantity === undefined)
      throw new Error(`quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`);
    return quantity;
  });
  env.registerFunction('isQuantity(string): bool', (text: string) => Quantity.parse(text) !== undefined);
  env.registerFunction('Quantity.isGreaterThan(Quantity): bool', (a: Quantity, b: Quantity) => a.compareTo(b) > 0);
  env.registerFunction('Quantity.isLessThan(Quantity): bool', (a: Quantity, b: Quantity) => a.compareTo(b) < 0);
  env.registerFunction('Quantity.compareTo(Quantity): int', (a: Quantity, b: Quantity) => BigInt(a.compareTo(b)));
  env.registerFunction('Quantity.sign(): int', (quantity: Quantity) =>
    quantity.nano < 0n ? -1n : BigInt(Number(quantity.nano > 0n)),
  );
  env.registerFunction('Quantity.add(Quantity): Quantity', (a: Quantity, b: Quantity) => new Quantity(a.nano + b.nano));
  env.registerFunction('Quantity.sub(Quantity): Quantity', (a: Quantity, b: Quantity) => new Quantity(a.nano - b.nano));
  env.registerFunction('Quantity.add(int): Quantity', (a: Quantity, b: bigint) => new Quantity(a.nano + b * billion));
  env.registerFunction('Quantity.sub(int): Quantity', (a: Quantity, b: bigint) => new Quantity(a.nano - b * billion));
  env.registerFunction('Quantity.isInteger(): bool', (quantity: Quantity) => quantity.asInteger() !== undefined);
  env.registerFunction('Quantity.asInteger(): int', (quantity: Quantity) => {
    const whole = quantity.asInteger();
    if (whole === undefined) throw new Error('cannot convert value to integer');
    return whole;
  });
  env.registerFunction('Quantity.asApproximateFloat(): double', (quantity: Quantity) => Number(quantity.nano) / 1e9);
  env.registerOperator('Quantity == Quantity', (a: Quantity, b: Quantity) => a.compareTo(b) === 0);
}

const billion = 1_000_000_000n;
