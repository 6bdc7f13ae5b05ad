import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom, silentLog } from '@keelson/std';
import { memoryLog } from '../storage/memory-log.js';
import type { ObjectLog } from '../storage/log.js';
import type { Draft, Stored } from '../storage/stored.js';
import { openEngine } from './engine.js';
import { aDefinition, type TestEngine, testEngine } from './engine.fixtures.js';

const thing = (name: string, more: Draft = {}): Draft => ({
  apiVersion: 'test.keelson.io/v1',
  kind: 'Thing',
  metadata: { namespace: 'default', name, ...more },
});

function conditionsOf(object: Stored | undefined): Record<string, string> {
  const status = object?.status as { conditions: { type: string; status: string; message: string }[] };
  return Object.fromEntries(
    status.conditions.map(({ type, status: state, message }) => [type, `${state}: ${message}`]),
  );
}

describe('definitions', () => {
  let engine: TestEngine;
  let log: ObjectLog;
  beforeEach(async () => {
    log = memoryLog();
    engine = await testEngine({ log });
  });
  afterEach(() => engine.close());

  it('become served kinds once their names are accepted', async () => {
    const generation = engine.registry.kinds.generation;
    const made = await engine.create(aDefinition('Thing'));
    expect(made.status).toEqual({ acceptedNames: { kind: '', plural: '' }, conditions: null, storedVersions: ['v1'] });
    const stored = engine.get(made);
    expect(conditionsOf(stored)).toEqual({
      NamesAccepted: 'True: no conflicts found',
      Established: 'True: the initial names have been accepted',
    });
    expect(stored?.status).toMatchObject({
      acceptedNames: { kind: 'Thing', plural: 'things', singular: 'thing', listKind: 'ThingList' },
    });
    expect(engine.registry.kinds.generation).toBeGreaterThan(generation);
    expect((await engine.create(thing('a'))).metadata.generation).toBe(1);
  });

  it('are served again after a restart', async () => {
    await engine.create(aDefinition('Thing'));
    await engine.close();
    const again = await openEngine({
      log,
      profile: 'management',
      clock: engine.clock,
      random: seededRandom(1),
      logger: silentLog,
    });
    expect(again.registry.kinds.byKind('test.keelson.io/v1', 'Thing')?.plural).toBe('things');
    await again.close();
  });

  it('do not take names that others have, until they are free', async () => {
    const first = aDefinition('Thing');
    const second = aDefinition('Thing', { plural: 'thingies' });
    await engine.create(first);
    await engine.create(second);
    expect(conditionsOf(engine.get(second))).toEqual({
      NamesAccepted: 'False: "thing" is already in use',
      Established: 'False: not all names are accepted',
    });
    await engine.remove(first);
    expect(conditionsOf(engine.get(second))).toMatchObject({ NamesAccepted: 'True: no conflicts found' });
    expect(engine.registry.kinds.byKind('test.keelson.io/v1', 'Thing')?.plural).toBe('thingies');
  });

  it('take their objects along, waiting for finalizers, and refuse new ones meanwhile', async () => {
    const definition = aDefinition('Thing');
    await engine.create(definition);
    await engine.create(thing('free'));
    const held = await engine.create(thing('held', { finalizers: ['test.keelson.io/hold'] }));
    await engine.remove(definition);
    expect(engine.names('test.keelson.io/v1', 'Thing')).toEqual(['default/held']);
    expect(conditionsOf(engine.get(definition))).toMatchObject({
      Terminating: 'True: CustomResource deletion is in progress',
    });
    await expect(engine.create(thing('late'))).rejects.toThrow(
      'the server does not allow this method on the requested resource',
    );
    await engine.merge(held, { metadata: { finalizers: null } });
    expect(engine.get(definition)).toBeUndefined();
    expect(engine.registry.kinds.byKind('test.keelson.io/v1', 'Thing')).toBeUndefined();
  });

  it('remember the versions that objects were stored in', async () => {
    const definition = aDefinition('Thing');
    const made = await engine.create(definition);
    const [v1] = (made.spec as { versions: Draft[] }).versions;
    await engine.merge(definition, {
      spec: {
        versions: [
          { ...v1, storage: false },
          { ...v1, name: 'v2' },
        ],
      },
    });
    expect(engine.get(definition)?.status).toMatchObject({ storedVersions: ['v1', 'v2'] });
    await engine.create(thing('a'));
    const stored = engine.get({ ...thing('a'), apiVersion: 'test.keelson.io/v2' });
    expect(stored?.apiVersion).toBe('test.keelson.io/v2');
  });
});
