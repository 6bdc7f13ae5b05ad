import { describe, expect, it } from '@jest/globals';
import type { StructuralSchema } from '../schema/schema.js';
import { Budget, costOfConditions, isCostError } from './cost.js';
import { ruleEnvironment } from './environment.js';
import { parseExpression } from './parse.js';
import { compileRules, evaluateRules } from './rules.js';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function costError(expression: string, self: unknown): boolean {
  const { run, error } = parseExpression(ruleEnvironment(), expression);
  if (run === undefined) throw new Error(error);
  try {
    new Budget(costOfConditions).during((): unknown => run({ self }));
    return false;
  } catch (failure) {
    return isCostError(failure);
  }
}

describe('what expressions may cost', () => {
  it.each([
    ['every pair', 'self.list.all(a, self.list.all(b, a < 20000.0 && b < 20000.0))'],
    ['every pair, though errors of some are forgiven', 'self.list.exists(a, self.list.exists(b, a + b < 0.0)) || true'],
    ['every triple', 'self.list.map(a, self.list.map(b, self.list.filter(c, c == a)))'],
    ['a long text for every item', 'self.list.all(a, !self.text.contains("x"))'],
    ['a long list for every item', 'self.list.all(a, self.list == self.list)'],
    ['pairs of two variables', 'self.list.all(i, a, self.list.all(j, b, a + b >= 0.0))'],
  ])('ends %s', (_, expression) => {
    expect(costError(expression, { list: numbers(10_000), text: 'a'.repeat(1_000_000) })).toBe(true);
  });

  it.each([
    ['every item once', 'self.list.all(a, a >= 0.0)'],
    ['every pair of few', 'self.few.all(a, self.few.exists(b, a == b))'],
    ['a long text once', 'self.text.matches("a+") && self.text + "b" != self.text'],
  ])('lets %s pass', (_, expression) => {
    const self = { list: numbers(10_000), few: numbers(200), text: 'a'.repeat(100_000) };
    expect(costError(expression, self)).toBe(false);
  });

  it('is told of the rule, after which no other runs', () => {
    const rules = [{ rule: 'self.all(a, self.all(b, a + b >= 0))' }, { rule: 'self.size() < 0' }];
    const schema: StructuralSchema = {
      type: 'object',
      properties: { list: { type: 'array', items: { type: 'integer' }, 'x-kubernetes-validations': rules } },
    };
    const { rules: compiled } = compileRules(schema);
    expect(evaluateRules(compiled, schema, { list: numbers(10_000) }, undefined)).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'list',
        detail:
          'Invalid value: "array": \'operation cancelled: actual cost limit exceeded\': no further validation rules will be run due to call cost exceeds limit for rule: self.all(a, self.all(b, a + b >= 0))',
      },
    ]);
  });
});
