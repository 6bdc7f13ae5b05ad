import type { ASTNode, Environment, TypeDeclaration } from '@marcbachmann/cel-js';

/**
 * Comprehensions over index and item of a list, or key and value of a map
 * (github.com/google/cel-go/ext/comprehensions.go).
 */
export function addTwoVariables(env: Environment): void {
  const quantifier = (name: string, of: Quantify): void =>
    void env.registerFunction(`list.${name}(ast, ast, ast): bool`, macro({ hasFilter: false, type: boolOf, run: of }));
  quantifier('all', (entries, test) => settled(entries, test, (holds) => !holds) !== true);
  quantifier('exists', (entries, test) => settled(entries, test, (holds) => holds) === true);
  for (const name of ['existsOne', 'exists_one'])
    quantifier(name, (entries, test) => entries.filter((entry) => test(entry) === true).length === 1);
  transform(env, 'transformList', listOf, (entries, value) => entries.map(value));
  transform(env, 'transformMap', mapOf, (entries, value) =>
    Object.fromEntries(entries.map((entry) => [String(entry[0]), value(entry)])),
  );
  transform(env, 'transformMapEntry', dynOf, (entries, value) => mergedEntries(entries.map(value)));
}

type Entry = readonly [key: unknown, value: unknown];
type Run = (entries: readonly Entry[], evaluate: (entry: Entry) => unknown) => unknown;
type Quantify = (entries: readonly Entry[], test: (entry: Entry) => unknown) => boolean;

function transform(env: Environment, name: string, type: TypeOf, run: Run): void {
  env.registerFunction(`list.${name}(ast, ast, ast): dyn`, macro({ hasFilter: false, type, run }));
  env.registerFunction(`list.${name}(ast, ast, ast, ast): dyn`, macro({ hasFilter: true, type, run }));
}

/**
 * Whether one entry settles the matter. As with `||` and `&&`, errors of some entries do not matter when another settles it.
 *
 * @returns true when one does, false when none does
 * @throws the first error when none does
 */
function settled(
  entries: readonly Entry[],
  test: (entry: Entry) => unknown,
  settles: (holds: boolean) => boolean,
): boolean {
  let failure: unknown;
  for (const entry of entries) {
    try {
      if (settles(test(entry) === true)) return true;
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return false;
}

function mergedEntries(maps: readonly unknown[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const map of maps) {
    for (const [key, value] of Object.entries(map as Record<string, unknown>)) {
      if (Object.hasOwn(merged, key)) throw new Error(`insert failed: key ${key} already exists`);
      merged[key] = value;
    }
  }
  return merged;
}

/** What the evaluator gives macros; its own types do not name it. */
interface Context {
  forkWithVariable(name: string, type: TypeDeclaration): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}
interface Checker {
  check(node: ASTNode, context: Context): TypeDeclaration;
  getType(name: string): TypeDeclaration;
  createError(code: string, message: string, node: ASTNode): Error;
}
interface Evaluator {
  run(node: ASTNode, context: Context): unknown;
}
interface Call {
  readonly args: readonly ASTNode[];
  readonly receiver: ASTNode;
}

type TypeOf = (checker: Checker, key: TypeDeclaration, body: TypeDeclaration) => TypeDeclaration;
const boolOf: TypeOf = (checker) => checker.getType('bool');
const listOf: TypeOf = (checker, _key, body) => checker.getType(`list<${body.name}>`);
const mapOf: TypeOf = (checker, key, body) => checker.getType(`map<${key.name}, ${body.name}>`);
const dynOf: TypeOf = (checker) => checker.getType('dyn');

interface Form {
  readonly hasFilter: boolean;
  readonly type: TypeOf;
  readonly run: Run;
}

function macro({ hasFilter, type, run }: Form): (call: Call) => object {
  return ({ args, receiver }) => {
    const [first, second, ...rest] = args as [ASTNode, ASTNode, ...ASTNode[]];
    const [filter, body] = (hasFilter ? rest : [undefined, rest[0]]) as [ASTNode | undefined, ASTNode];
    let outer: Context;
    let inner: Context;
    return {
      async: false,
      typeCheck(checker: Checker, _macro: unknown, context: Context) {
        const [key, value] = entryTypes(checker, receiver, context);
        outer = context.forkWithVariable(nameOf(checker, first), key);
        inner = outer.forkWithVariable(nameOf(checker, second), value);
        if (filter !== undefined) checker.check(filter, inner);
        return type(checker, key, checker.check(body, inner));
      },
      evaluate(evaluator: Evaluator, _macro: unknown, context: Context) {
        const at = ([key, value]: Entry): Context =>
          inner.reuse(outer.reuse(context).setIterValue(key, evaluator)).setIterValue(value, evaluator);
        const entries = entriesOf(evaluator.run(receiver, context));
        const chosen =
          filter === undefined ? entries : entries.filter((entry) => evaluator.run(filter, at(entry)) === true);
        return run(chosen, (entry) => evaluator.run(body, at(entry)));
      },
    };
  };
}

function nameOf(checker: Checker, node: ASTNode): string {
  if (node.op === 'id') return node.args;
  throw checker.createError('invalid_macro_argument', 'argument must be a simple name', node);
}

function entryTypes(
  checker: Checker,
  receiver: ASTNode,
  context: Context,
): [key: TypeDeclaration, value: TypeDeclaration] {
  const type = checker.check(receiver, context);
  const any = checker.getType('dyn');
  if (type.kind === 'list') return [checker.getType('int'), type.valueType ?? any];
  if (type.kind === 'map') return [type.keyType ?? any, type.valueType ?? any];
  return [any, any];
}

function entriesOf(value: unknown): readonly Entry[] {
  if (Array.isArray(value)) return value.map((item: unknown, i): Entry => [BigInt(i), item]);
  if (typeof value === 'object' && value !== null) return Object.entries(value);
  throw new Error('a comprehension needs a list or a map');
}
