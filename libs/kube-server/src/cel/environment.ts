import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from '@bufbuild/re2';
import { equalJson } from '@keelson/std';
import { Quantity } from './quantity.js';

/**
 * The functions rules may use: CEL's standard library, strings, and of Kubernetes' libraries lists, regex and quantity.
 * Any other function makes the definition invalid, with a message that names it; nothing is ignored.
 */
export function ruleEnvironment(): Environment {
  return environmentWith(['self', 'oldSelf']);
}

/** The same functions, over what match conditions of webhooks speak of. */
export function conditionEnvironment(): Environment {
  return environmentWith(['object', 'oldObject', 'request']);
}

function environmentWith(variables: readonly string[]): Environment {
  const env = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  for (const variable of variables) env.registerVariable(variable, 'dyn');
  addLists(env);
  addStrings(env);
  addQuantities(env);
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

function isEqual(a: unknown, b: unknown): boolean {
  return equalJson(plain(a), plain(b));
}

/** BigInt has no JSON; as text with a mark it can be compared. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

function addStrings(env: Environment): void {
  env.registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
    text.replaceAll(from, () => to),
  );
  env.registerFunction('string.charAt(int): string', (text: string, at: bigint) => text.charAt(Number(at)));
  env.registerFunction('string.find(string): string', (text: string, pattern: string) => firstMatch(text, pattern));
}

function firstMatch(text: string, pattern: string): string {
  // RE2 decides whether there is a match at all, so a hostile pattern costs linear time before the engine's own is asked.
  if (!RE2JS.compile(pattern).test(text)) return '';
  return new RegExp(pattern, 'u').exec(text)?.[0] ?? '';
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
}
