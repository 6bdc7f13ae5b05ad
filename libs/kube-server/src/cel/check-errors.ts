import type { ASTNode } from '@marcbachmann/cel-js';
import { isObject } from '../schema/schema.js';

/** What went wrong when an expression was parsed or checked, in the words of cel-go where they are known. */
export function checkErrorText(error: unknown, expression: string, isFunction: (name: string) => boolean): string {
  const { code, node, summary } = readError(error);
  const [text, at] = told(code, summary, node, isFunction);
  return errorText(text, expression, at);
}

/** An error as cel-go prints it, with the line and a mark beneath the place. */
export function errorText(text: string, expression: string, at: number): string {
  return `ERROR: <input>:${place(expression, at)}: ${text}${shownLine(expression, at)}`;
}

interface CheckError {
  readonly code: string;
  readonly summary: string;
  readonly node: Node | undefined;
}

type Node = Pick<ASTNode, 'start' | 'end' | 'input'> & { readonly op: string; readonly args: unknown };

function readError(error: unknown): CheckError {
  if (!(error instanceof Error)) return { code: '', summary: String(error), node: undefined };
  const { code, summary, node } = error as Error & { code?: unknown; summary?: unknown; node?: unknown };
  return {
    code: typeof code === 'string' ? code : '',
    summary: typeof summary === 'string' ? summary : (error.message.split('\n')[0] ?? ''),
    node: isObject(node) && typeof node.start === 'number' ? (node as unknown as Node) : undefined,
  };
}

function told(
  code: string,
  summary: string,
  node: Node | undefined,
  isFunction: (name: string) => boolean,
): [text: string, at: number] {
  const start = node?.start ?? 0;
  switch (code) {
    case 'no_such_key':
      return [`undefined field '${summary.replace('No such key: ', '')}'`, dotOf(node)];
    case 'unknown_variable':
      return [`undeclared reference to '${summary.replace('Unknown variable: ', '')}' (in container '')`, start];
    case 'no_such_overload':
      return [operatorText(summary), operatorAt(node)];
    case 'no_matching_overload':
      return [functionText(summary, isFunction), callAt(node)];
    case 'incompatible_ternary_branches': {
      const [, left = '', right = ''] = /got '(.*)' and '(.*)'/.exec(summary) ?? [];
      const types = `(bool, ${typeText(left)}, ${typeText(right)})`;
      return [`found no matching overload for '_?_:_' applied to '${types}'`, operatorAt(node)];
    }
    case 'invalid_logical_operand': {
      const found = typeText(/got '(.*)'/.exec(summary)?.[1] ?? '');
      return [`expected type 'bool' but found '${found}'`, positionOf(partsOf(node).find(isNoBool) ?? node)];
    }
    case 'cannot_index_type':
      return [`type '${typeText(/'(.*)'/.exec(summary)?.[1] ?? '')}' does not support field selection`, dotOf(node)];
    default:
      return [summary, start];
  }
}

function operatorText(summary: string): string {
  const [, left, operator = '', right] =
    /^no such overload: (.*?) (==|!=|<=|>=|<|>|in|\+|-|\*|\/|%) (.*)$/.exec(summary) ?? [];
  if (left !== undefined && right !== undefined) {
    const name = operator === 'in' ? '@in' : `_${operator}_`;
    return `found no matching overload for '${name}' applied to '(${typeText(left)}, ${typeText(right)})'`;
  }
  const [, unary, operand = ''] = /^no such overload: ([!-])(.*)$/.exec(summary) ?? [];
  if (unary === undefined) return summary;
  return `found no matching overload for '${unary}_' applied to '(${typeText(operand)})'`;
}

function functionText(summary: string, isFunction: (name: string) => boolean): string {
  const [, receiver, name = '', types = ''] = /'(?:(.*)\.)?(\w+)\((.*)\)'/.exec(summary) ?? [];
  if (!isFunction(name)) return `undeclared reference to '${name}' (in container '')`;
  const applied = receiver === undefined ? `(${typeText(types)})` : `${typeText(receiver)}.(${typeText(types)})`;
  return `found no matching overload for '${name}' applied to '${applied}'`;
}

/** Types as cel-go names them. */
export function typeText(type: string): string {
  return type
    .replaceAll('google.protobuf.Timestamp', 'timestamp')
    .replaceAll('google.protobuf.Duration', 'duration')
    .replaceAll(/dyn<([^<>]+)>/g, '$1')
    .replaceAll('<', '(')
    .replaceAll('>', ')');
}

function partsOf(node: Node | undefined): readonly Node[] {
  const args: unknown = node?.args;
  return Array.isArray(args)
    ? args.filter((part): part is Node => isObject(part) && typeof part.start === 'number')
    : [];
}

function isNoBool(part: Node & { readonly checkedType?: unknown }): boolean {
  return isObject(part.checkedType) && part.checkedType.name !== 'bool' && part.checkedType.name !== 'dyn';
}

function positionOf(node: Node | undefined): number {
  switch (node?.op) {
    case '.':
      return dotOf(node);
    case 'call':
    case 'rcall':
      return callAt(node);
    default:
      return node !== undefined && partsOf(node).length === 2 ? operatorAt(node) : (node?.start ?? 0);
  }
}

/** Where the dot of a selection stands: behind what is selected from. */
function dotOf(node: Node | undefined): number {
  const [from] = partsOf(node);
  return from === undefined ? (node?.start ?? 0) : behind(node, from.end, /\s*/);
}

function operatorAt(node: Node | undefined): number {
  const [left] = partsOf(node);
  return left === undefined ? (node?.start ?? 0) : behind(node, left.end, /[\s)]*/);
}

/** Calls stand at their parenthesis. */
function callAt(node: Node | undefined): number {
  if (node === undefined) return 0;
  const from = node.op === 'rcall' ? ((node.args as readonly unknown[])[1] as Node).end : node.start;
  const at = node.input.indexOf('(', from);
  return at < 0 ? node.start : at;
}

function behind(node: Node | undefined, from: number, skipped: RegExp): number {
  const rest = node?.input.slice(from) ?? '';
  return from + (skipped.exec(rest)?.[0].length ?? 0);
}

function place(expression: string, at: number): string {
  const before = expression.slice(0, at).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
}

function shownLine(expression: string, at: number): string {
  const before = expression.slice(0, at).split('\n');
  const line = expression.split('\n')[before.length - 1] ?? '';
  return `\n | ${line}\n | ${'.'.repeat((before.at(-1) ?? '').length)}^`;
}
