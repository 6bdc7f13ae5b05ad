import { exactly, nothing, type Range, sum, union } from './ranges.js';
import { type Entries, kindOf, type Node, type Reckoned } from './reckoned.js';

/** A macro that goes through a list or a map, as cel-go expands it. */
export interface Loop {
  readonly variables: readonly string[];
  readonly body: readonly Node[];
  /** Kind of the element when it has no path. */
  readonly kindOfElement: string;
  readonly begin: Range;
  readonly condition: Range;
  readonly end: Range;
  readonly makes: 'scalar' | 'list' | 'map';
  step(body: readonly Reckoned[], sizeOf: (value: Reckoned) => Range): Reckoned;
}

type LoopOf = (args: readonly Node[]) => Loop | undefined;

const costOf = (value: Reckoned | undefined): Range => value?.cost ?? nothing;
const zero: Entries = { container: 'list', key: exactly(1), value: nothing };

/** Goes through all elements with one predicate. */
function withPredicate(loop: Omit<Loop, 'variables' | 'body' | 'kindOfElement'>): LoopOf {
  return (args) => {
    const [variables, body] = split(args, 1);
    return { variables, body, kindOfElement: elementKindOf(args), ...loop };
  };
}

const quantifier = (condition: Range): LoopOf =>
  withPredicate({
    begin: nothing,
    condition,
    end: exactly(1),
    makes: 'scalar',
    step: ([predicate]) => ({ cost: { min: 1, max: 1 + costOf(predicate).max }, kind: 'bool' }),
  });

const existsOne = withPredicate({
  begin: nothing,
  condition: nothing,
  end: exactly(2),
  makes: 'scalar',
  step: ([predicate]) => ({ cost: sum(costOf(predicate), { min: 1, max: 2 }), kind: 'bool' }),
});

/** Lists and maps that grow by an entry at each step: by what stands last, if what stands before holds. */
function growing(makes: 'list' | 'map', wide: boolean, added: number): LoopOf {
  return (args) => {
    const count = wide ? 2 : 1;
    if (args.length <= count) return undefined;
    const [variables, body] = split(args, args.length - count);
    return {
      variables,
      body,
      kindOfElement: elementKindOf(args),
      begin: exactly(makes === 'list' ? 10 : 30),
      condition: nothing,
      end: exactly(1),
      makes,
      step: (parts, sizeOf) => {
        const made = parts.at(-1);
        const add = sum(exactly(added), costOf(made));
        const cost = parts.length > 1 ? sum(costOf(parts[0]), union(add, exactly(1))) : add;
        const entries =
          made === undefined || makes === 'map' ? undefined : { ...zero, value: union(nothing, sizeOf(made)) };
        return { cost, kind: makes, entries };
      },
    };
  };
}

const filter = withPredicate({
  begin: exactly(10),
  condition: nothing,
  end: exactly(1),
  makes: 'list',
  step: ([predicate]) => ({ cost: sum(costOf(predicate), { min: 1, max: 13 }), kind: 'list', entries: zero }),
});

/** Add an item: one step, one for what there is so far, ten for a list of the one item. */
const item = 12;

/** By name of the macro. */
export const loops: Readonly<Record<string, LoopOf>> = {
  all: quantifier(exactly(2)),
  exists: quantifier(exactly(3)),
  exists_one: existsOne,
  existsOne,
  map: growing('list', false, item),
  filter,
  transformList: growing('list', true, item),
  transformMap: growing('map', true, 3),
  transformMapEntry: growing('map', true, 2),
};

/** The names of the variables, and the expressions behind them. */
function split(args: readonly Node[], bodies: number): [variables: string[], body: readonly Node[]] {
  const count = args.length - bodies;
  return [args.slice(0, count).map(({ args: name }) => String(name)), args.slice(count)];
}

/** The checker leaves the type of a variable at the places that read it. */
function elementKindOf(args: readonly Node[]): string {
  const [variable, ...rest] = args;
  return readKind(String(variable?.args), rest) ?? 'dyn';
}

function readKind(name: string, nodes: unknown): string | undefined {
  if (Array.isArray(nodes)) {
    for (const node of nodes) {
      const kind = readKind(name, node);
      if (kind !== undefined) return kind;
    }
    return undefined;
  }
  if (typeof nodes !== 'object' || nodes === null || !('op' in nodes) || !('args' in nodes)) return undefined;
  const node = nodes as Node;
  if (node.op === 'id' && node.args === name && node.checkedType !== undefined) return kindOf(node);
  return readKind(name, node.args);
}
