import type { ASTNode } from '@marcbachmann/cel-js';
import { callCost, type Operand } from './calls.js';
import { type Loop, loops } from './loops.js';
import { endless, exactly, nothing, product, type Range, sum, union, unknown } from './ranges.js';
import { type Entries, kindOf, type Node, type Path, type Reckoned, type Scope } from './reckoned.js';
import type { SizedType } from './sized-types.js';

/**
 * What an expression costs at most, before it is run: the reckoning of cel-go's checker (checker/cost.go) with the bounds of
 * a schema. An expression reaches what it names by a path from the root; what is reached by no path has no bound.
 */

const scalarKinds: ReadonlySet<string> = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);
const one = exactly(1);

/** The most that a checked expression costs. */
export function estimatedCost(ast: ASTNode, root: SizedType): number {
  return new Estimate(root).of(ast, new Map()).cost.max;
}

class Estimate {
  readonly #root: SizedType;

  constructor(root: SizedType) {
    this.#root = root;
  }

  of(node: Node, scope: Scope): Reckoned {
    switch (node.op) {
      case 'value':
        return literal(node.args);
      case 'id':
        return this.#identifier(String(node.args), node, scope);
      case '.':
        return this.#selection(node, scope);
      case '[]':
        return this.#indexing(node, scope);
      case 'list':
        return this.#list(partsOf(node), scope);
      case 'map':
        return this.#map(node, scope);
      case '?:':
        return this.#choice(partsOf(node).map((part) => this.of(part, scope)));
      case '||':
      case '&&':
        return this.#logical(partsOf(node).map((part) => this.of(part, scope)));
      case 'call':
      case 'rcall':
        return this.#call(node, scope);
      default:
        return this.#operator(node, scope);
    }
  }

  #identifier(name: string, node: Node, scope: Scope): Reckoned {
    const local = scope.get(name);
    if (local !== undefined) return { ...local, cost: one };
    const path = this.#root;
    return { cost: one, kind: name === 'self' || name === 'oldSelf' ? path.kind : kindOf(node), path };
  }

  #selection(node: Node, scope: Scope): Reckoned {
    const [operand, name] = node.args as [Node, string];
    const from = this.of(operand, scope);
    const path = this.#below(from.path, name);
    const isStep = from.kind === 'map' || from.kind === 'object';
    return { cost: sum(from.cost, isStep ? one : nothing), kind: kindAt(path) ?? kindOf(node), path };
  }

  /** What is selected from a value without a path starts at the root again: so cel-go looks it up. */
  #below(path: Path, name: string): Path {
    if (path === undefined) return this.#root;
    if (path === 'nowhere') return path;
    if (name === '@items' || name === '@values') return path.element ?? 'nowhere';
    if (name === '@keys') return path.key ?? 'nowhere';
    return path.fields?.get(name) ?? 'nowhere';
  }

  #indexing(node: Node, scope: Scope): Reckoned {
    const [operand, index] = partsOf(node).map((part) => this.of(part, scope)) as [Reckoned, Reckoned];
    const path = this.#below(operand.path, operand.kind === 'list' ? '@items' : '@values');
    const size = operand.entries?.value;
    return { cost: sum(one, operand.cost, index.cost), kind: kindAt(path) ?? kindOf(node), path, size };
  }

  #list(parts: readonly Node[], scope: Scope): Reckoned {
    const items = parts.map((part) => this.of(part, scope));
    return {
      cost: sum(exactly(10), ...items.map(({ cost }) => cost)),
      kind: 'list',
      size: exactly(items.length),
      entries: { container: 'list', key: one, value: unionOf(items.map((item) => this.#sizeOf(item))) },
    };
  }

  #map(node: Node, scope: Scope): Reckoned {
    const entries = (node.args as readonly (readonly [Node, Node])[]).map(([name, value]) => [
      this.of(name, scope),
      this.of(value, scope),
    ]) as [Reckoned, Reckoned][];
    return {
      cost: sum(exactly(30), ...entries.flatMap(([name, value]) => [name.cost, value.cost])),
      kind: 'map',
      size: exactly(entries.length),
      entries: {
        container: 'map',
        key: unionOf(entries.map(([name]) => this.#sizeOf(name))),
        value: unionOf(entries.map(([, value]) => this.#sizeOf(value))),
      },
    };
  }

  #choice([condition, yes, no]: readonly Reckoned[]): Reckoned {
    if (condition === undefined || yes === undefined || no === undefined) return { cost: unknown, kind: 'dyn' };
    return {
      cost: sum(condition.cost, union(yes.cost, no.cost)),
      kind: yes.kind === no.kind ? yes.kind : 'dyn',
      size: union(this.#sizeOf(yes), this.#sizeOf(no)),
      entries: unitedEntries(yes.entries, no.entries),
    };
  }

  #logical(parts: readonly Reckoned[]): Reckoned {
    return {
      cost: { min: parts[0]?.cost.min ?? 0, max: sum(...parts.map(({ cost }) => cost)).max },
      kind: 'bool',
    };
  }

  #operator(node: Node, scope: Scope): Reckoned {
    const parts = node.op === '.?' ? [(node.args as [Node])[0]] : partsOf(node);
    const [only] = parts;
    if (node.op === '-_' && only?.op === 'value') return literal(only.args);
    const operands = parts.map((part) => this.of(part, scope));
    return this.#called(node, { name: node.op, operands, target: undefined });
  }

  #call(node: Node, scope: Scope): Reckoned {
    const [name, ...rest] = node.args as [string, ...unknown[]];
    const args = (rest.at(-1) ?? []) as readonly Node[];
    const receiver = node.op === 'rcall' ? (rest[0] as Node) : undefined;
    if (name === 'has' && receiver === undefined) return this.#presence(args[0], scope);
    if (name === 'dyn' && receiver === undefined && args[0] !== undefined) {
      const value = this.of(args[0], scope);
      return { ...value, cost: sum(one, value.cost), kind: 'dyn', size: this.#size(value), path: undefined };
    }
    const loop = receiver === undefined || !Object.hasOwn(loops, name) ? undefined : loops[name]?.(args);
    if (receiver !== undefined && loop !== undefined) return this.#loop(receiver, loop, scope);
    const space = namespaceOf(receiver, scope);
    const target = receiver === undefined || space !== undefined ? undefined : this.of(receiver, scope);
    const operands = args.map((arg) => this.of(arg, scope));
    return this.#called(node, { name: space === undefined ? name : `${space}.${name}`, operands, target });
  }

  #called(
    node: Node,
    call: { readonly name: string; readonly operands: readonly Reckoned[]; readonly target: Reckoned | undefined },
  ): Reckoned {
    const { name, operands, target } = call;
    const { cost, size } = callCost(name, {
      target: target === undefined ? undefined : this.#operand(target),
      args: operands.map((operand) => this.#operand(operand)),
    });
    const [left, right] = operands;
    return {
      cost: sum(target?.cost ?? nothing, cost, ...operands.map((operand) => operand.cost)),
      kind: kindOf(node),
      size,
      ...(name === '+' ? { entries: unitedEntries(left?.entries, right?.entries) } : {}),
    };
  }

  #operand(value: Reckoned): Operand {
    const element = (): Range => {
      const path = value.path === undefined ? undefined : this.#below(value.path, '@items');
      return path === undefined || path === 'nowhere' ? unknown : { min: 0, max: path.maxElements };
    };
    const elementKind = value.path === undefined || value.path === 'nowhere' ? undefined : value.path.element?.kind;
    return { kind: value.kind, size: this.#sizeOf(value), element, elementKind };
  }

  /** Whether something is there costs no more than to reach what it would be in. */
  #presence(node: Node | undefined, scope: Scope): Reckoned {
    const [operand] = node === undefined ? [] : partsOf(node);
    return { cost: operand === undefined ? nothing : this.of(operand, scope).cost, kind: 'bool' };
  }

  #loop(receiver: Node, loop: Loop, scope: Scope): Reckoned {
    const range = this.of(receiver, scope);
    const isList = (range.entries?.container ?? range.kind) === 'list';
    const variable = (name: string, size: Range | undefined, kind: string): Reckoned => {
      const path = name === '@indices' ? 'nowhere' : this.#below(range.path, name);
      return { cost: one, kind: kindAt(range.path === undefined ? undefined : path) ?? kind, path, spare: size };
    };
    const value = variable(isList ? '@items' : '@values', range.entries?.value, loop.kindOfElement);
    const names = isList
      ? variable('@indices', range.entries?.key, 'int')
      : variable('@keys', range.entries?.key, 'string');
    const inner = new Map(scope);
    const [first = '', second] = loop.variables;
    inner.set(first, second !== undefined || !isList ? names : value);
    if (second !== undefined) inner.set(second, value);
    const count = this.#sizeOf(range);
    const step = loop.step(
      loop.body.map((part) => this.of(part, inner)),
      (result) => this.#sizeOf(result),
    );
    const cost = sum(range.cost, loop.begin, product(count, sum(step.cost, loop.condition)), loop.end);
    const { makes } = loop;
    if (makes === 'scalar') return { cost, kind: step.kind, size: one };
    return { cost, kind: makes, size: count, entries: step.entries };
  }

  #size(value: Reckoned): Range | undefined {
    const { size, path, kind, spare } = value;
    if (size !== undefined) return size;
    if (path !== undefined && path !== 'nowhere') return { min: 0, max: path.maxElements };
    return scalarKinds.has(kind) ? one : spare;
  }

  #sizeOf(value: Reckoned): Range {
    return this.#size(value) ?? unknown;
  }
}

function literal(value: unknown): Reckoned {
  if (typeof value === 'string') return { cost: nothing, kind: 'string', size: exactly(Array.from(value).length) };
  if (value instanceof Uint8Array) return { cost: nothing, kind: 'bytes', size: exactly(value.length) };
  const kinds: Readonly<Record<string, string>> = { bigint: 'int', number: 'double', boolean: 'bool' };
  return { cost: nothing, kind: kinds[typeof value] ?? 'null', size: one };
}

const namespaces: ReadonlySet<string> = new Set(['format', 'ip', 'optional', 'sets', 'strings']);

/** `sets` in `sets.contains(…)` is no value. */
function namespaceOf(receiver: Node | undefined, scope: Scope): string | undefined {
  if (receiver?.op !== 'id') return undefined;
  const name = String(receiver.args);
  return namespaces.has(name) && !scope.has(name) ? name : undefined;
}

function kindAt(path: Path): string | undefined {
  return path === undefined || path === 'nowhere' ? undefined : path.kind;
}

function unionOf(ranges: readonly Range[]): Range {
  return ranges.length === 0 ? nothing : ranges.reduce(union, { min: endless, max: 0 });
}

function unitedEntries(a: Entries | undefined, b: Entries | undefined): Entries | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { container: a.container, key: union(a.key, b.key), value: union(a.value, b.value) };
}

function partsOf({ args }: Node): readonly Node[] {
  const parts: readonly unknown[] = Array.isArray(args) ? args : [args];
  return parts.filter((part): part is Node => typeof part === 'object' && part !== null && 'op' in part);
}
