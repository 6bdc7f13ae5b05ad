import { describe, expect, it } from '@jest/globals';
import type { StructuralSchema, ValidationRule } from '../schema/schema.js';
import { compileRules, evaluateRules } from './rules.js';

const text: StructuralSchema = { type: 'string' };
const whole: StructuralSchema = { type: 'integer' };

function schemaWith(rules: readonly ValidationRule[]): StructuralSchema {
  const properties: Record<string, StructuralSchema> = {
    name: text,
    size: whole,
    max: whole,
    ratio: { type: 'number' },
    mem: { 'x-kubernetes-int-or-string': true },
    namespace: text,
    'dash-ed': text,
    list: { type: 'array', items: text },
    items: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['id'],
      items: { type: 'object', properties: { id: text, n: whole } },
    },
    map: { type: 'object', additionalProperties: whole },
  };
  return { type: 'object', properties: { spec: { type: 'object', properties, 'x-kubernetes-validations': rules } } };
}

function errorsOf(rule: ValidationRule | string, spec: object, old?: object): string[] {
  const schema = schemaWith([typeof rule === 'string' ? { rule } : rule]);
  const { rules, errors } = compileRules(schema);
  expect(errors).toEqual([]);
  return evaluateRules(rules, schema, { spec }, old === undefined ? undefined : { spec: old }).map(
    ({ field, detail }) => `${field}: ${detail}`,
  );
}

describe('rules of definitions', () => {
  it.each<[string, object, boolean]>([
    ['self.size <= self.max', { size: 1, max: 2 }, true],
    ['self.size <= self.max', { size: 3, max: 2 }, false],
    ['!has(self.name) || self.name.startsWith("a")', {}, true],
    ['!has(self.name) || self.name.startsWith("a")', { name: 'b' }, false],
    ['self.list.all(x, x.size() < 3)', { list: ['a', 'bb'] }, true],
    ['self.list.exists_one(x, x == "a")', { list: ['a', 'a'] }, false],
    [
      'self.items.map(i, i.n).sum() == 3',
      {
        items: [
          { id: 'a', n: 1 },
          { id: 'b', n: 2 },
        ],
      },
      true,
    ],
    ['self.list.isSorted()', { list: ['b', 'a'] }, false],
    ['self.map.all(k, self.map[k] > 0)', { map: { a: 1, b: 0 } }, false],
    ['self.ratio > 0.5', { ratio: 1 }, true],
    ['self.__namespace__ == "x"', { namespace: 'x' }, true],
    ['self.dash__dash__ed == "x"', { 'dash-ed': 'x' }, true],
    ['self.name.matches("^a+$")', { name: 'aaa' }, true],
    ['quantity("1Gi").isGreaterThan(quantity("1000Mi"))', { size: 1 }, true],
    ['type(self.mem) == int ? self.mem > 1 : self.mem == "x"', { mem: 'x' }, true],
    ['self.size() == 2', { name: 'a', size: 1 }, true],
    ['self == {"name": "a"}', { name: 'a' }, true],
  ])('%s of %j: %j', (rule, spec, holds) => {
    expect(errorsOf(rule, spec)).toHaveLength(holds ? 0 : 1);
  });

  it('say what the definition says, or compute it', () => {
    const rule = 'self.size < 2';
    expect(errorsOf(rule, { size: 2 })).toEqual(['spec: Invalid value: "object": failed rule: self.size < 2']);
    expect(errorsOf({ rule, message: 'too big' }, { size: 2 })).toEqual(['spec: Invalid value: "object": too big']);
    expect(
      errorsOf(
        { rule, message: 'too big', messageExpression: '"size is " + string(self.size) + " of " + string(self.max)' },
        { size: 2, max: 1 },
      ),
    ).toEqual(['spec: Invalid value: "object": size is 2 of 1']);
    expect(errorsOf({ rule, messageExpression: 'self.zz' }, { size: 2 })).toEqual([
      'spec: Invalid value: "object": failed rule: self.size < 2',
    ]);
    expect(
      errorsOf({ rule, message: 'too big', reason: 'FieldValueForbidden', fieldPath: '.size' }, { size: 2 }),
    ).toEqual(['spec.size: Forbidden: too big']);
  });

  it('compare with the state before on updates only', () => {
    const rule = 'self.name == oldSelf.name';
    expect(errorsOf(rule, { name: 'a' })).toEqual([]);
    expect(errorsOf(rule, { name: 'a' }, { name: 'a', size: 1 })).toEqual([]);
    expect(errorsOf(rule, { name: 'b' }, { name: 'a' })).toHaveLength(1);
  });

  it('may ask whether there is a state before, and then run at creation too', () => {
    const rule = {
      rule: 'oldSelf.hasValue() ? oldSelf.value().name == self.name : self.name == "first"',
      optionalOldSelf: true,
    };
    expect(errorsOf(rule, { name: 'first' })).toEqual([]);
    expect(errorsOf(rule, { name: 'second' })).toHaveLength(1);
    expect(errorsOf(rule, { name: 'second', size: 2 }, { name: 'second' })).toEqual([]);
    expect(errorsOf(rule, { name: 'third' }, { name: 'second' })).toHaveLength(1);
    const chosen = { rule: 'oldSelf.?size.orValue(0) <= self.size', optionalOldSelf: true };
    expect(errorsOf(chosen, { size: 1 }, { size: 2 })).toHaveLength(1);
    expect(errorsOf(chosen, { size: 1 }, { name: 'a' })).toEqual([]);
    const pointless = { rule: 'self.size > 1', optionalOldSelf: true };
    expect(compileRules(schemaWith([pointless])).errors.map(({ detail }) => detail)).toEqual([
      'Invalid value: true: may not be set if oldSelf is not used in rule',
    ]);
  });

  it('are not asked again about what did not change', () => {
    expect(errorsOf('self.size < 2', { size: 2 }, { size: 2 })).toEqual([]);
  });

  it.each([
    ['self.name.zz()', 'zz'],
    ['self.size +', ''],
    ['cel.bind(x, self.size, x > 1)', 'cel'],
    ['self.list.slice(0, 1).size() > 0', 'slice'],
    ['math.greatest(self.size, 1) > 1', 'math'],
    ['sets.union(self.list, ["a"]).size() > 1', 'union'],
    ['authorizer.path("/x").check("get").allowed()', 'authorizer'],
    ['format.phone().validate(self.name).hasValue()', 'phone'],
  ])('that use what is not supported are refused with its name: %s', (rule, name) => {
    const [error, ...more] = compileRules(schemaWith([{ rule }]), 'schema').errors;
    expect(more).toEqual([]);
    expect(error).toMatchObject({
      field: 'schema.properties[spec].x-kubernetes-validations[0].rule',
      detail: expect.stringContaining('compilation failed'),
    });
    expect(error?.detail).toContain(name);
  });

  it('cannot look back where items have no identity', () => {
    const schema: StructuralSchema = {
      type: 'object',
      properties: {
        list: {
          type: 'array',
          items: {
            type: 'object',
            properties: { a: text },
            'x-kubernetes-validations': [{ rule: 'self.a == oldSelf.a' }],
          },
        },
      },
    };
    expect(compileRules(schema, 'schema').errors.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('oldSelf cannot be used on the uncorrelatable portion of the schema'),
    ]);
  });
});
