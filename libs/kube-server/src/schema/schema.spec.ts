import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { freezeDeep } from '../storage/stored.js';
import { applyDefaults } from './defaults.js';
import { prune } from './prune.js';
import type { StructuralSchema } from './schema.js';
import { checkStructural } from './structural.js';
import { validate } from './validate.js';

const schema: StructuralSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', maxLength: 5, pattern: '^[a-z]+$' },
        size: { type: 'integer', minimum: 0, default: 1 },
        color: { type: 'string', enum: ['red', 'green'] },
        port: { 'x-kubernetes-int-or-string': true },
        free: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { known: { type: 'object', properties: { a: { type: 'string' } } } },
        },
        labels: {
          type: 'object',
          additionalProperties: { type: 'object', properties: { on: { type: 'boolean', default: true } } },
        },
        items: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['id'],
          items: {
            type: 'object',
            required: ['id'],
            properties: { id: { type: 'string' }, n: { type: 'integer', default: 3, nullable: true } },
          },
        },
      },
    },
  },
};

describe('prune', () => {
  it('drops what is unknown, also below regions that keep the unknown, and tells where', () => {
    const value = {
      apiVersion: 'v1',
      metadata: { any: 1 },
      zz: 1,
      spec: { name: 'a', zz: 1, free: { x: { y: 1 }, known: { a: 'a', b: 1 } }, items: [{ id: 'i', zz: 1 }] },
    };
    expect(prune(schema, value)).toEqual({
      value: {
        apiVersion: 'v1',
        metadata: { any: 1 },
        spec: { name: 'a', free: { x: { y: 1 }, known: { a: 'a' } }, items: [{ id: 'i' }] },
      },
      unknown: ['spec.free.known.b', 'spec.items[0].zz', 'spec.zz', 'zz'],
    });
  });

  it('shares what it leaves as it is', () => {
    const value = { spec: { name: 'a' }, zz: 1 };
    expect(prune(schema, value).value.spec).toBe(value.spec);
  });
});

describe('applyDefaults', () => {
  it('fills what is absent, and null where null is not allowed', () => {
    expect(
      applyDefaults(schema, {
        spec: { name: 'a', size: null, labels: { x: {} }, items: [{ id: 'i' }, { id: 'j', n: null }] },
      }),
    ).toEqual({
      spec: {
        name: 'a',
        size: 1,
        labels: { x: { on: true } },
        items: [
          { id: 'i', n: 3 },
          { id: 'j', n: null },
        ],
      },
    });
  });

  it('does not make the object that a default lies in', () => {
    expect(applyDefaults(schema, {})).toEqual({});
  });
});

const text = fc.constantFrom('a', 'b', 'zz', 'red');
const loose = fc.record(
  {
    spec: fc.record(
      {
        name: text,
        size: fc.option(fc.integer(), { nil: null }),
        zz: text,
        labels: fc.dictionary(text, fc.record({ on: fc.boolean(), x: text }, { requiredKeys: [] })),
        free: fc.record(
          { known: fc.record({ a: text, b: text }, { requiredKeys: [] }), other: fc.object({ maxDepth: 2 }) },
          { requiredKeys: [] },
        ),
        items: fc.array(
          fc.record({ id: text, n: fc.option(fc.integer(), { nil: null }), y: text }, { requiredKeys: ['id'] }),
          { maxLength: 3 },
        ),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const clean = (value: Record<string, unknown>): Record<string, unknown> =>
  applyDefaults(schema, prune(schema, value).value);

describe('pruning and defaulting', () => {
  it('do nothing the second time', () => {
    fc.assert(
      fc.property(loose, (value) => {
        const once = clean(value);
        expect(prune(schema, once)).toEqual({ value: once, unknown: [] });
        expect(applyDefaults(schema, once)).toBe(once);
      }),
    );
  });

  it('come to the same whether or not they are told what is clean already', () => {
    fc.assert(
      fc.property(loose, loose, (before, change) => {
        const live = freezeDeep(clean(before));
        const next: Record<string, unknown> = { ...live, spec: { ...(live.spec as object), ...change.spec } };
        const pruned = prune(schema, next, live);
        expect(pruned).toEqual(prune(schema, next));
        expect(applyDefaults(schema, pruned.value, live)).toEqual(applyDefaults(schema, pruned.value));
      }),
    );
  });
});

describe('validate', () => {
  const texts = (value: unknown, old?: unknown): string[] =>
    validate(schema, value, old).map(({ field, detail }) => `${field}: ${detail}`);

  it.each<[string, unknown, string[]]>([
    ['nothing of what is right', { spec: { name: 'abc', port: 'http' } }, []],
    ['what is missing', { spec: {} }, ['spec.name: Required value']],
    [
      'a wrong type, in the words of Kubernetes',
      { spec: { name: 'a', size: 'x' } },
      ['spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
    ],
    [
      'a number that is too small',
      { spec: { name: 'a', size: -1 } },
      ['spec.size: Invalid value: -1: spec.size in body should be greater than or equal to 0'],
    ],
    [
      'a word that is none of those',
      { spec: { name: 'a', color: 'pink' } },
      ['spec.color: Unsupported value: "pink": supported values: "red", "green"'],
    ],
    [
      'a double key',
      { spec: { name: 'a', items: [{ id: 'i' }, { id: 'i' }] } },
      ['spec.items[1]: Duplicate value: {"id":"i"}'],
    ],
  ])('finds %s', (_, value, errors) => {
    expect(texts(value)).toEqual(errors);
  });

  it('does not hold against a writer what was wrong before', () => {
    const old = { spec: { name: 'TOO LONG', size: 1 } };
    expect(texts({ spec: { name: 'TOO LONG', size: 2 } }, old)).toEqual([]);
    expect(texts({ spec: { name: 'TOO LONGER', size: 2 } }, old)).not.toEqual([]);
  });
});

describe('checkStructural', () => {
  it.each<[string, StructuralSchema, string]>([
    [
      'a member without a type',
      { type: 'object', properties: { a: {} } },
      'openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
    ],
    [
      'properties beside additionalProperties',
      {
        type: 'object',
        properties: {
          a: { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: { type: 'string' } },
        },
      },
      'openAPIV3Schema.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
    ],
    [
      'a type inside a combinator',
      { type: 'object', properties: { a: { type: 'string', anyOf: [{ type: 'string' }] } } },
      'openAPIV3Schema.properties[a].anyOf[0].type: Forbidden: must be empty to be structural',
    ],
    [
      'a map list without keys',
      {
        type: 'object',
        properties: { a: { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' } },
      },
      'openAPIV3Schema.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
    ],
    [
      'a default of the wrong type',
      { type: 'object', properties: { a: { type: 'string', default: 1 } } },
      'openAPIV3Schema.properties[a].default: Invalid value: "integer":  in body must be of type string: "integer"',
    ],
  ])('refuses %s', (_, wrong, error) => {
    expect(checkStructural(wrong, 'openAPIV3Schema').map(({ field, detail }) => `${field}: ${detail}`)).toEqual([
      error,
    ]);
  });
});
