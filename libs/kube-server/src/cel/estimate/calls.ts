import {
  endless,
  exactly,
  nothing,
  perCharacter,
  perPatternCharacter,
  product,
  type Range,
  scaled,
  sum,
  union,
  unknown,
} from './ranges.js';

/** What a call gets. */
export interface Operand {
  readonly kind: string;
  readonly size: Range;
  /** Kind and size of the items of a list. */
  readonly elementKind: string | undefined;
  element(): Range;
}

export interface Operands {
  readonly target: Operand | undefined;
  readonly args: readonly Operand[];
}

/** What a call costs besides its operands, and how large its result is as far as it can be told. */
export interface CallCost {
  readonly cost: Range;
  readonly size?: Range;
}

const one = exactly(1);
const plain: CallCost = { cost: one };
/** What is walked once. */
const walk = (size: Range): CallCost => ({ cost: scaled(size, perCharacter) });
const walkKept = (size: Range): CallCost => ({ cost: scaled(size, perCharacter), size });

/** The cost of calling a function or an operator, by its name (k8s.io/apiserver/pkg/cel/library/cost.go; cel-go, functionCost). */
export function callCost(name: string, operands: Operands): CallCost {
  const costing = Object.hasOwn(costs, name) ? costs[name] : undefined;
  return costing?.(operands) ?? operatorCost(name, operands) ?? plain;
}

type Costing = (operands: Operands) => CallCost | undefined;

const ofTarget =
  (cost: (size: Range) => CallCost): Costing =>
  ({ target }) =>
    target === undefined ? undefined : cost(target.size);
const ofArgument =
  (cost: (size: Range) => CallCost): Costing =>
  ({ args: [first] }) =>
    first === undefined ? undefined : cost(first.size);
const nominal: Costing = () => plain;
const named = (names: string, costing: Costing): Record<string, Costing> =>
  Object.fromEntries(names.split(' ').map((name) => [name, costing]));

const address: Range = { min: 4, max: 16 };
const compared = scaled(sum(address, address), perCharacter);
const pattern = (text: Range, regex: Range): Range =>
  product(scaled(sum(text, one), perCharacter), scaled(regex, perPatternCharacter));
const inSets =
  (factor: number): Costing =>
  ({ args: [a, b] }) =>
    a === undefined || b === undefined ? undefined : { cost: sum(scaled(product(a.size, b.size), factor), one) };

const costs: Readonly<Record<string, Costing>> = {
  ...named('check', () => ({ cost: exactly(350_000) })),
  ...named('isSorted sum max min indexOf lastIndexOf', orderedCost),
  ...named('url quantity isQuantity semver isSemver cidr isIP isCIDR', ofArgument(walk)),
  url: ofArgument(walkKept),
  ip: ({ target, args }) => (target === undefined ? ofArgument(walk)({ target, args }) : plain),
  'ip.isCanonical': ofArgument((size) => ({ cost: scaled(size, 2 * perCharacter) })),
  ...named('lowerAscii upperAscii substring trim', ofTarget(walkKept)),
  replace: replaceCost,
  split: ofTarget((size) => ({ cost: scaled(size, 2 * perCharacter), size: { min: 0, max: size.max } })),
  join: joinCost,
  ...named('find findAll', ({ target, args: [regex] }) =>
    target === undefined || regex === undefined
      ? undefined
      : { cost: pattern(target.size, regex.size), size: { min: 0, max: target.size.max } },
  ),
  ...named('sub add major minor patch sign compareTo asInteger', nominal),
  containsIP: ({ args: [other] }) => ({ cost: sum(compared, textCost(other)) }),
  containsCIDR: ({ args: [other] }) => ({ cost: sum(compared, scaled(address, perCharacter), one, textCost(other)) }),
  validate: ofArgument((size) => ({ cost: scaled(scaled(size, perCharacter), 128 * perPatternCharacter) })),
  'sets.contains': inSets(1),
  'sets.intersects': inSets(1),
  'sets.equivalent': inSets(2),
  format: ofTarget(walk),
  'strings.quote': ofArgument((size) => ({ ...walk(size), size: { min: size.min + 2, max: size.max * 2 + 2 } })),
  bytes: ({ args: [text] }) =>
    text?.kind === 'string' ? { ...walk(text.size), size: { min: text.size.min, max: text.size.max * 4 } } : undefined,
  string: ({ args: [text] }) =>
    text?.kind === 'bytes' ? { ...walk(text.size), size: { min: text.size.min / 4, max: text.size.max } } : undefined,
  ...named('startsWith endsWith', ofArgument(walk)),
  matches: ({ target, args: [regex] }) =>
    target === undefined || regex === undefined ? undefined : { cost: pattern(target.size, regex.size) },
  contains: ({ target, args: [part] }) =>
    target === undefined || part === undefined
      ? undefined
      : { cost: product(scaled(target.size, perCharacter), scaled(part.size, perCharacter)) },
};

function textCost(other: Operand | undefined): Range {
  return other?.kind === 'string' ? scaled(other.size, perCharacter) : nothing;
}

function orderedCost({ target }: Operands): CallCost | undefined {
  if (target === undefined) return undefined;
  if (target.kind === 'string') return walk(target.size);
  const isText = target.elementKind === 'string' || target.elementKind === 'bytes';
  return { cost: product(target.size, isText ? sum(one, scaled(target.element(), perCharacter)) : one) };
}

function joinCost({ target, args: [separator] }: Operands): CallCost | undefined {
  if (target === undefined) return undefined;
  const items = product(target.size, target.element());
  const between = { min: Math.max(0, target.size.min - 1), max: Math.max(0, target.size.max - 1) };
  const size = separator === undefined ? items : sum(items, product(separator.size, between));
  return walkKept(size);
}

function replaceCost({ target, args: [from, to] }: Operands): CallCost | undefined {
  if (target === undefined || from === undefined || to === undefined) return undefined;
  const { size } = target;
  const most = replacements(size.max, from.size.min, to.size.max <= from.size.min);
  const least = replacements(size.min, from.size.max, from.size.max <= to.size.min);
  const count = { min: least.count, max: most.count };
  const result = sum(product(count, to.size), { min: least.kept, max: most.kept });
  return { cost: scaled(size, 2 * perCharacter), size: result };
}

/** How many replacements a text may see, and how much of it stays besides. */
function replacements(length: number, part: number, keeps: boolean): { readonly count: number; readonly kept: number } {
  if (part === 0) return { count: Math.min(length + 1, endless), kept: length };
  return keeps ? { count: 0, kept: length } : { count: Math.ceil(length / part), kept: 0 };
}

const sized: ReadonlySet<string> = new Set(['string', 'bytes']);
const ordering: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);

function operatorCost(name: string, { args }: Operands): CallCost | undefined {
  const [left, right] = args;
  if (left === undefined || right === undefined) return undefined;
  if (name === '==' || name === '!=') return { cost: comparison(left, right) };
  if (ordering.has(name)) {
    if (sized.has(left.kind)) return { cost: comparison(left, right) };
    return left.kind === 'dyn' ? { cost: union(one, comparison(left, right)) } : undefined;
  }
  if (name === 'in') {
    if (right.kind === 'list') return { cost: right.size };
    return right.kind === 'dyn' ? { cost: union(one, right.size) } : undefined;
  }
  return name === '+' ? addition(left, right) : undefined;
}

/** The shorter of two decides how far they must be compared. */
function comparison(left: Operand, right: Operand): Range {
  const max = Math.min(left.size.max, right.size.max);
  return scaled({ min: max > 0 ? 1 : 0, max }, perCharacter);
}

function addition(left: Operand, right: Operand): CallCost | undefined {
  const size = sum(left.size, right.size);
  const kind = left.kind === 'dyn' ? right.kind : left.kind;
  if (sized.has(kind)) return walkKept(size);
  if (kind === 'list') return { cost: one, size };
  return kind === 'dyn' ? { cost: union(one, scaled(size, perCharacter)), size: unknown } : undefined;
}
