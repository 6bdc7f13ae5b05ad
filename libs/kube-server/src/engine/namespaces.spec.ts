import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { finalizeNamespace } from './namespaces.js';
import { aConfigMap, type TestEngine, testEngine } from './engine.fixtures.js';

const demo = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } };

describe('namespaces', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine();
  });
  afterEach(() => engine.close());

  it('begin with a label, a finalizer and a service account', async () => {
    const made = await engine.create(demo);
    expect(made).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'demo' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    expect(engine.names('v1', 'ServiceAccount')).toContain('demo/default');
  });

  it('get their service account back', async () => {
    await engine.remove({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace: 'default', name: 'default' },
    });
    expect(engine.names('v1', 'ServiceAccount')).toContain('default/default');
  });

  it('take their content along', async () => {
    await engine.create(demo);
    await engine.create(aConfigMap('a', [], { namespace: 'demo' }));
    await engine.remove(demo);
    expect(engine.names('v1', 'Namespace')).not.toContain('/demo');
    expect(engine.names('v1', 'ConfigMap')).toEqual(['kube-public/embedded-apiserver']);
  });

  it('wait for content with finalizers, say so, and take nothing new', async () => {
    await engine.create(demo);
    const held = await engine.create(
      aConfigMap('held', [], { namespace: 'demo', finalizers: ['test.keelson.io/hold'] }),
    );
    await engine.remove(demo);
    expect(engine.get(demo)?.status).toMatchObject({
      phase: 'Terminating',
      conditions: [
        {
          type: 'NamespaceContentRemaining',
          message: 'Some resources are remaining: configmaps has 1 resource instances',
        },
        {
          type: 'NamespaceFinalizersRemaining',
          message:
            'Some content in the namespace has finalizers remaining: test.keelson.io/hold in 1 resource instances',
        },
      ],
    });
    await expect(engine.create(aConfigMap('late', [], { namespace: 'demo' }))).rejects.toThrow(
      'configmaps "late" is forbidden: unable to create new content in namespace demo because it is being terminated',
    );
    await engine.merge(held, { metadata: { finalizers: null } });
    expect(engine.get(demo)).toBeUndefined();
  });

  it('with a finalizer of someone else end by /finalize', async () => {
    await engine.create(demo);
    await finalizeNamespace(engine.registry, 'demo', { spec: { finalizers: ['kubernetes', 'test.keelson.io/hold'] } });
    await engine.remove(demo);
    expect(engine.get(demo)?.spec).toEqual({ finalizers: ['test.keelson.io/hold'] });
    await finalizeNamespace(engine.registry, 'demo', { spec: {} });
    expect(engine.get(demo)).toBeUndefined();
  });

  it('of the system cannot be deleted', async () => {
    await expect(engine.remove({ ...demo, metadata: { name: 'default' } })).rejects.toThrow(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });
});

describe('events', () => {
  it('go an hour after they were last written', async () => {
    const engine = await testEngine();
    const event = (name: string): Record<string, unknown> => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'default', name },
      involvedObject: { kind: 'ConfigMap', namespace: 'default', name: 'a' },
      message: 'm',
      reason: 'R',
      type: 'Normal',
    });
    await engine.create(event('early'));
    await engine.create(event('renewed'));
    await engine.clock.advance(1_800_000);
    await engine.merge(event('renewed'), { count: 2 });
    await engine.clock.advance(1_800_000);
    expect(engine.names('v1', 'Event')).toEqual(['default/renewed']);
    await engine.clock.advance(1_800_000);
    expect(engine.names('v1', 'Event')).toEqual([]);
    await engine.close();
  });
});
