import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { structuralSchema } from './structural.js';

describe('structuralSchema', () => {
  it('keeps unknown members where the schema is loose, and only there', () => {
    expect(
      structuralSchema(
        z.object({
          loose: z.looseObject({ a: z.string() }),
          strict: z.strictObject({ a: z.string() }),
          any: z.unknown(),
        }),
      ),
    ).toEqual({
      type: 'object',
      properties: {
        loose: {
          type: 'object',
          properties: { a: { type: 'string' } },
          required: ['a'],
          'x-kubernetes-preserve-unknown-fields': true,
        },
        strict: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
        any: { 'x-kubernetes-preserve-unknown-fields': true },
      },
      required: ['loose', 'strict', 'any'],
    });
  });

  it('says int64 instead of the bounds of a double and keeps real bounds', () => {
    const schema = z.object({
      any: z.int(),
      port: z.int().min(1).max(65535),
      small: z.int32(),
      share: z.number().min(0),
    });
    expect(structuralSchema(schema).properties).toEqual({
      any: { type: 'integer', format: 'int64' },
      port: { type: 'integer', format: 'int64', minimum: 1, maximum: 65535 },
      small: { type: 'integer', format: 'int32' },
      share: { type: 'number', minimum: 0 },
    });
  });

  it('turns integer or string into int-or-string', () => {
    expect(structuralSchema(z.object({ size: z.union([z.int(), z.string()]).describe('Size.') })).properties).toEqual({
      size: { description: 'Size.', 'x-kubernetes-int-or-string': true },
    });
  });

  it('keeps defaults optional, maps typed, and lists with their kind', () => {
    const schema = z.object({
      mode: z.enum(['a', 'b']).default('a'),
      labels: z.record(z.string(), z.string()).optional(),
      names: z.array(z.string()).optional().meta({ 'x-kubernetes-list-type': 'set' }),
    });
    expect(structuralSchema(schema)).toEqual({
      type: 'object',
      properties: {
        mode: { type: 'string', enum: ['a', 'b'], default: 'a' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        names: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      },
    });
  });

  it('pulls the members of a discriminated union out of oneOf', () => {
    const union = z.discriminatedUnion('type', [
      z.object({ type: z.literal('disk'), size: z.int() }),
      z.object({ type: z.literal('nic'), mac: z.string() }),
    ]);
    expect(structuralSchema(z.object({ part: union })).properties?.['part']).toEqual({
      type: 'object',
      properties: {
        type: { type: 'string', enum: ['disk', 'nic'] },
        size: { type: 'integer', format: 'int64' },
        mac: { type: 'string' },
      },
      required: ['type'],
      oneOf: [
        { properties: { type: { enum: ['disk'] } }, required: ['type', 'size'] },
        { properties: { type: { enum: ['nic'] } }, required: ['type', 'mac'] },
      ],
    });
  });

  it('writes patterns as RE2 has them', () => {
    expect(structuralSchema(z.string().regex(/^[0-9]+\/[0-9]+$/)).pattern).toBe('^[0-9]+/[0-9]+$');
  });

  it('refuses what has no structural form and says where', () => {
    const schema = z.object({ spec: z.object({ list: z.array(z.union([z.string(), z.boolean()])) }) });
    expect(() => structuralSchema(schema)).toThrow(
      'schema at spec.list[]: anyOf of string, boolean has no structural form',
    );
  });
});
