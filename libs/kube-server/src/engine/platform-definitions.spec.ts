import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { compileRules, evaluateRules } from '../cel/rules.js';
import { definitionStrategy } from '../crd/strategy.js';
import { readDefinition } from '../crd/definition.js';
import { applyDefaults } from '../schema/defaults.js';
import { isObject, type StructuralSchema } from '../schema/schema.js';
import type { Draft } from '../storage/stored.js';
import { testEngine } from './engine.fixtures.js';

const folder = new URL('../../../../deploy/crds/', import.meta.url);
const definitions = readdirSync(folder)
  .map((file) => load(readFileSync(new URL(file, folder), 'utf8')))
  .filter(isObject);
const byName = definitions.map((definition): [string, Draft] => [
  String((definition.metadata as Draft).name),
  definition,
]);

/** A value with every member that the schema describes, or only with those it demands. */
function sample(schema: StructuralSchema, full: boolean, text: string): unknown {
  if (schema['x-kubernetes-int-or-string'] === true) return 1;
  switch (schema.type) {
    case 'string':
      return schema.enum?.[0] ?? text;
    case 'integer':
      return 1;
    case 'number':
      return 1.5;
    case 'boolean':
      return true;
    case 'array':
      return full && schema.items !== undefined ? [sample(schema.items, full, text)] : [];
    default: {
      const named = Object.entries(schema.properties ?? {}).filter(
        ([name]) => full || schema.required?.includes(name) === true,
      );
      const others =
        full && typeof schema.additionalProperties === 'object'
          ? [['other', schema.additionalProperties] as const]
          : [];
      return Object.fromEntries([...named, ...others].map(([name, below]) => [name, sample(below, full, text)]));
    }
  }
}

/** A sample of a whole object as rules meet it: it has a name and its defaults. */
function sampleObject(schema: StructuralSchema, full: boolean, text: string): unknown {
  const value = applyDefaults(schema, sample(schema, full, text));
  return isObject(value) ? { ...value, metadata: { name: text } } : value;
}

describe("the platform's definitions", () => {
  it.each(byName)('%s is accepted', (_, definition) => {
    const { prepare, validate } = definitionStrategy;
    expect(validate?.(prepare?.(definition, undefined) ?? definition, undefined)).toEqual([]);
  });

  it.each(byName)('the rules of %s run on a value with everything in it and on one with little', (_, definition) => {
    for (const { schema } of readDefinition(definition).versions) {
      if (schema === undefined) throw new Error('no schema');
      const { rules, errors } = compileRules(schema);
      expect(errors).toEqual([]);
      const pairs = [
        [sampleObject(schema, true, 'a'), sampleObject(schema, true, 'b')],
        [sampleObject(schema, false, 'a'), sampleObject(schema, true, 'b')],
        [sampleObject(schema, true, 'a'), undefined],
      ];
      const broken = pairs
        .flatMap(([value, old]) => evaluateRules(rules, schema, value, old))
        .filter(({ detail }) => detail.includes('evaluating rule'));
      expect(broken).toEqual([]);
    }
  });

  it('are kept by the engine: a profile without the config drive, an address that may not change', async () => {
    const engine = await testEngine({ definitions });
    const profile = {
      apiVersion: 'metal3.io/v1alpha1',
      kind: 'BareMetalHostProfile',
      metadata: { namespace: 'default', name: 'p' },
      spec: { devices: [{ device: { byName: '/dev/sda' }, partitions: [{ name: 'root', size: '0' }] }] },
    };
    await expect(engine.create(profile)).rejects.toThrow('BareMetalHostProfile.metal3.io "p" is invalid');
    const host = {
      apiVersion: 'metal3.io/v1alpha1',
      kind: 'BareMetalHost',
      metadata: { namespace: 'default', name: 'h' },
      spec: { online: true, bootMACAddress: '00:00:00:00:00:01' },
    };
    await engine.create(host);
    await engine.merge(
      host,
      {
        status: {
          errorMessage: '',
          operationalStatus: 'OK',
          poweredOn: false,
          provisioning: { ID: 'x', state: 'available' },
        },
      },
      'status',
    );
    await expect(engine.merge(host, { spec: { bootMACAddress: '00:00:00:00:00:02' } })).rejects.toThrow(
      'bootMACAddress',
    );
    await engine.merge(host, { spec: { online: false } });
    await engine.close();
  });
});
