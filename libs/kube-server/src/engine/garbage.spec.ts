import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aConfigMap, type TestEngine, testEngine } from './engine.fixtures.js';

describe('garbage collection', () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await testEngine();
  });
  afterEach(() => engine.close());
  const names = (): string[] => engine.names('v1', 'ConfigMap').filter((name) => name.startsWith('default/'));

  it('deletes what a deleted owner owned, to the last generation', async () => {
    const owner = await engine.create(aConfigMap('owner'));
    const child = await engine.create(aConfigMap('child', [owner]));
    await engine.create(aConfigMap('grandchild', [child]));
    await engine.remove(owner);
    expect(names()).toEqual([]);
  });

  it('keeps what has another owner, without the reference to the one that went', async () => {
    const first = await engine.create(aConfigMap('first'));
    const second = await engine.create(aConfigMap('second'));
    const child = await engine.create(aConfigMap('child', [first, second]));
    await engine.remove(first);
    expect(engine.get(child)?.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['second']);
    await engine.remove(second);
    expect(names()).toEqual([]);
  });

  it('leaves orphans without references', async () => {
    const owner = await engine.create(aConfigMap('owner'));
    const child = await engine.create(aConfigMap('child', [owner]));
    await engine.remove(owner, { propagationPolicy: 'Orphan' });
    expect(names()).toEqual(['default/child']);
    expect(engine.get(child)?.metadata.ownerReferences).toBeUndefined();
  });

  it('makes an owner deleted in the foreground wait for those that block it', async () => {
    const owner = await engine.create(aConfigMap('owner'));
    const child = await engine.create(aConfigMap('child', [owner], { finalizers: ['test.keelson.io/hold'] }));
    await engine.remove(owner, { propagationPolicy: 'Foreground' });
    expect(engine.get(owner)?.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['foregroundDeletion'],
    });
    expect(engine.get(child)?.metadata.deletionTimestamp).toBeDefined();
    await engine.merge(child, { metadata: { finalizers: null } });
    expect(names()).toEqual([]);
  });

  it('does not make it wait for those that do not', async () => {
    const owner = await engine.create(aConfigMap('owner'));
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid };
    await engine.create(
      aConfigMap('child', [], { ownerReferences: [reference], finalizers: ['test.keelson.io/hold'] }),
    );
    await engine.remove(owner, { propagationPolicy: 'Foreground' });
    expect(names()).toEqual(['default/child']);
  });

  it('deletes at once what names an owner that does not exist, or one in another namespace', async () => {
    const owner = await engine.create(aConfigMap('owner', [], { namespace: 'kube-public' }));
    await engine.create(aConfigMap('stranger', [owner]));
    await engine.create(aConfigMap('lost', [{ ...owner, metadata: { ...owner.metadata, uid: 'nobody' } }]));
    expect(names()).toEqual([]);
  });
});
