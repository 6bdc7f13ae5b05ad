import type { ASTNode } from '@marcbachmann/cel-js';

/** What one evaluation may cost: about a tenth of a second (k8s.io/apiserver/pkg/apis/cel, PerCallLimit). */
const costOfCall = 1_000_000;

/** What all rules of one object may cost (RuntimeCELCostBudget). */
export const costOfObject = 10_000_000;

/** What the match conditions of one webhook may cost (RuntimeCELCostBudgetMatchConditions). */
export const costOfConditions = 2_500_000;

/** Thrown through an expression once its cost is spent. One for all, as making an error costs more than a step. */
const spent = new Error('operation cancelled: actual cost limit exceeded');

/** Counts what expressions cost, which may be much only inside comprehensions: elsewhere no step is taken twice. */
export class Budget {
  #left: number;
  #leftOfCall = 0;

  constructor(cost: number) {
    this.#left = cost;
  }

  /** Whether all of it is spent. */
  get isSpent(): boolean {
    return this.#left < 0;
  }

  /**
   * Evaluates an expression on this budget.
   *
   * @throws what the expression throws, and always an error when its cost was spent
   */
  during<T>(evaluate: () => T): T {
    running.push(this);
    this.#leftOfCall = costOfCall;
    try {
      const result = evaluate();
      if (this.#leftOfCall < 0 || this.#left < 0) throw spent;
      return result;
    } catch (error) {
      throw this.#leftOfCall < 0 || this.#left < 0 ? spent : error;
    } finally {
      running.pop();
    }
  }

  /** Gives up what is left. */
  exhaust(): void {
    this.#left = -1;
  }

  spend(cost: number): void {
    this.#leftOfCall -= cost;
    this.#left -= cost;
    if (this.#leftOfCall < 0 || this.#left < 0) throw spent;
  }
}

export function isCostError(error: unknown): boolean {
  return error === spent;
}

/** Budgets of what is being evaluated, the innermost last. */
const running: Budget[] = [];

const loops: ReadonlySet<string> = new Set(
  'all exists exists_one existsOne map filter transformList transformMap transformMapEntry'.split(' '),
);
const comparisons: ReadonlySet<string> = new Set(['==', '!=', 'in', '+', '<', '<=', '>', '>=']);

/** Lets the nodes of a parsed expression count what they cost. Must be called before the expression is checked. */
export function meter(ast: ASTNode): void {
  visit(ast, { inLoop: false, isOperand: false });
}

interface Place {
  readonly inLoop: boolean;
  /** The value is gone through by what stands above. */
  readonly isOperand: boolean;
}

function visit(node: unknown, { inLoop, isOperand }: Place): void {
  if (Array.isArray(node)) return node.forEach((part) => visit(part, { inLoop, isOperand }));
  if (!isNode(node)) return;
  if (inLoop || isOperand) count(node, isOperand);
  const { op, args } = node;
  if (op === 'rcall' && loops.has(args[0])) {
    visit(args[1], { inLoop, isOperand: true });
    visit(args[2], { inLoop: true, isOperand: false });
  } else visit(args, { inLoop, isOperand: inLoop && (op === 'call' || op === 'rcall' || comparisons.has(op)) });
}

function isNode(value: unknown): value is ASTNode & { evaluate: Evaluate } {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

type Evaluate = (this: unknown, evaluator: unknown, node: unknown, context: unknown) => unknown;

/** The evaluator chooses how a node is evaluated when it is for the first time, and puts that in place: here beneath the count. */
function count(node: ASTNode & { evaluate: Evaluate }, isOperand: boolean): void {
  let inner: Evaluate = node.evaluate;
  const counted: Evaluate = function (this: unknown, evaluator, self, context) {
    const budget = running.at(-1);
    budget?.spend(1);
    const value = inner.call(this, evaluator, self, context);
    if (isOperand) budget?.spend(sizeOf(value));
    return value;
  };
  Object.defineProperty(node, 'evaluate', {
    get: () => counted,
    set(next: Evaluate) {
      inner = next;
    },
  });
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length / 10;
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.getPrototypeOf(value) === Object.prototype ? Object.keys(value).length : 1;
}
