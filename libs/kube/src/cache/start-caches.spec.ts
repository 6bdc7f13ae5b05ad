import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConfigMap, ConfigMapKind, type KubeObject, NamespaceKind, SecretKind } from '@keelson/api';
import { type Log, seededRandom, silentLog, VirtualClock } from '@keelson/std';
import { kubeInProcess, type KubeWorld } from '@keelson/testing';
import { type Caches, type CachesOptions, startCaches } from '../index.js';
import { type LossyApi, lossyApi } from '../lossy-api.fixtures.js';

const byColour = (object: ConfigMap): readonly string[] =>
  (object.data?.['colour'] ?? '').split(',').filter((text) => text !== '');

describe('startCaches', () => {
  let clock: VirtualClock;
  let world: KubeWorld;
  let lossy: LossyApi;
  let events: string[];
  let logged: string[];
  let caches: Caches | undefined;

  beforeEach(async () => {
    clock = new VirtualClock();
    world = await kubeInProcess({ clock });
    lossy = lossyApi(world.api);
    events = [];
    logged = [];
  });
  afterEach(async () => {
    await caches?.stop();
    caches = undefined;
    await world.close();
  });

  const note =
    (level: string) =>
    (message: string): void =>
      void logged.push(`${level} ${message}`);
  const log: Log = { ...silentLog, info: note('info'), warn: note('warn'), error: note('error') };
  const start = async (more: Partial<CachesOptions> = {}): Promise<Caches> => {
    caches = await startCaches({
      api: lossy.api,
      clock,
      random: seededRandom('caches'),
      log,
      kinds: [{ kind: ConfigMapKind, namespaces: ['default'], indices: { colour: byColour } }],
      onEvent: (_kind, type, object, before) =>
        events.push([type, object.metadata.name, textOf(before), '->', textOf(object)].join(' ')),
      ...more,
    });
    return caches;
  };
  const configMap = (name: string, colour: string): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data: { colour },
  });
  const paint = (name: string, colour: string): Promise<unknown> =>
    world.api.patch(ConfigMapKind, { namespace: 'default', name }, { data: { colour } });
  const remove = (name: string): Promise<void> => world.api.delete(ConfigMapKind, { namespace: 'default', name });
  const colours = (): Record<string, string> =>
    Object.fromEntries(
      caches
        ?.of(ConfigMapKind)
        .list()
        .map((object) => [object.metadata.name, textOf(object)]) ?? [],
    );

  it('begins with everything there is, in order, frozen and without managedFields', async () => {
    for (const name of ['b', 'a']) await world.api.create(configMap(name, 'red'));
    const cache = (await start()).of(ConfigMapKind);
    expect(cache.list().map((object) => object.metadata.name)).toEqual(['a', 'b']);
    const first = cache.get({ namespace: 'default', name: 'a' });
    expect(first).toMatchObject({ ...configMap('a', 'red'), metadata: { uid: expect.any(String) } });
    expect([
      first?.metadata.managedFields,
      Object.isFrozen(first),
      Object.isFrozen(first?.data),
      Object.isFrozen(first?.metadata),
    ]).toEqual([undefined, true, true, true]);
    expect(events).toEqual(['ADDED a  -> red', 'ADDED b  -> red']);
  });

  it('follows changes and says what was before', async () => {
    await start();
    await world.api.create(configMap('a', 'red'));
    await paint('a', 'blue');
    await remove('a');
    await clock.advance(0);
    expect(events).toEqual(['ADDED a  -> red', 'MODIFIED a red -> blue', 'DELETED a blue -> blue']);
    expect(colours()).toEqual({});
  });

  it('finds objects by what an index says of them', async () => {
    await world.api.create(configMap('a', 'red,blue'));
    await world.api.create(configMap('b', 'red'));
    const cache = (await start()).of(ConfigMapKind);
    const names = (value: string): string[] => cache.byIndex('colour', value).map((object) => object.metadata.name);
    expect([names('red'), names('blue'), names('green')]).toEqual([['a', 'b'], ['a'], []]);
    await paint('a', 'green');
    await remove('b');
    await clock.advance(0);
    expect([names('red'), names('blue'), names('green')]).toEqual([[], [], ['a']]);
  });

  it('gives the same list until something changes', async () => {
    await world.api.create(configMap('a', 'red'));
    const cache = (await start()).of(ConfigMapKind);
    const before = cache.list('default');
    expect(cache.list('default')).toBe(before);
    await paint('a', 'blue');
    await clock.advance(0);
    expect(cache.list('default')).not.toBe(before);
    expect(cache.list('elsewhere')).toEqual([]);
  });

  it('keeps what it has while the API is lost and goes on where it stood', async () => {
    await world.api.create(configMap('a', 'red'));
    const started = await start();
    lossy.lose();
    await paint('a', 'blue');
    await clock.advance(3_600_000);
    expect([colours(), started.lacks()]).toEqual([
      { a: 'red' },
      expect.stringMatching(/^configmaps are out of sight since .*: .*the API is lost/),
    ]);
    lossy.restore();
    await clock.advance(31_000);
    expect([colours(), started.lacks()]).toEqual([{ a: 'blue' }, undefined]);
    expect(lossy.calls.filter((call) => call === 'list')).toHaveLength(1);
    expect(logged.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  });

  it('knows that it sees again when nothing has happened meanwhile', async () => {
    const started = await start();
    lossy.lose();
    await clock.advance(600_000);
    lossy.restore();
    await clock.advance(31_000);
    expect([started.lacks(), logged.at(-1)]).toEqual([undefined, 'info configmaps are in sight again']);
    lossy.lose();
    lossy.restore();
    const { length } = lossy.calls;
    await clock.advance(31_000);
    expect(lossy.calls.length - length).toBe(1);
  });

  it('asks a lost API ever less often, at most every half minute', async () => {
    await start();
    lossy.lose();
    await clock.advance(3_600_000);
    expect(lossy.calls.length).toBeGreaterThan(120);
    expect(lossy.calls.length).toBeLessThan(260);
  });

  it('lists again when its version is forgotten, and tells the difference', async () => {
    for (const name of ['same', 'changed', 'gone', 'reborn']) await world.api.create(configMap(name, 'red'));
    await start();
    events.length = 0;
    lossy.lose();
    await paint('changed', 'blue');
    await remove('gone');
    await remove('reborn');
    await world.api.create(configMap('reborn', 'green'));
    await world.api.create(configMap('new', 'red'));
    lossy.restore('forgetful');
    await clock.advance(60_000);
    expect(events.sort()).toEqual([
      'ADDED new  -> red',
      'ADDED reborn  -> green',
      'DELETED gone red -> red',
      'DELETED reborn red -> red',
      'MODIFIED changed red -> blue',
    ]);
    expect(colours()).toEqual({ changed: 'blue', new: 'red', reborn: 'green', same: 'red' });
  });

  it('does not turn a watch that always ends at once into a busy loop', async () => {
    let watches = 0;
    const watch = (): AsyncGenerator<never> => {
      watches += 1;
      return nothing();
    };
    await start({ api: { ...lossy.api, watch } });
    await clock.advance(60_000);
    expect([watches > 40, watches < 121, logged]).toEqual([true, true, []]);
  });

  it('waits for the API at the start, or until it is called off', async () => {
    lossy.lose();
    const ending = new AbortController();
    const starting = startCaches({
      api: lossy.api,
      clock,
      random: seededRandom('x'),
      log: silentLog,
      kinds: [{ kind: NamespaceKind }],
      signal: ending.signal,
    });
    await clock.advance(600_000);
    ending.abort(new Error('enough'));
    await expect(starting).rejects.toMatchObject({ reason: 'CalledOff' });
    const other = start();
    lossy.restore();
    await clock.advance(60_000);
    expect((await other).synced()).toBe(true);
  });

  it('outlives a listener that fails', async () => {
    await start({
      onEvent: () => {
        throw new Error('a defect');
      },
    });
    await world.api.create(configMap('a', 'red'));
    await clock.advance(0);
    expect(colours()).toEqual({ a: 'red' });
    expect(logged).toEqual(['error a listener failed on ADDED of ConfigMap a: a defect']);
  });

  it('says which kinds and indices it does not have', async () => {
    const started = await start();
    expect(() => started.of(SecretKind)).toThrow('Secret is not cached here');
    expect(() => started.of(ConfigMapKind).byIndex('shape', 'x')).toThrow(
      'the cache of ConfigMap has no index "shape"',
    );
    await expect(
      startCaches({
        api: lossy.api,
        clock,
        random: seededRandom('x'),
        log,
        kinds: [{ kind: SecretKind }, { kind: SecretKind, labelSelector: 'a' }],
      }),
    ).rejects.toThrow('two selections');
  });

  it('follows a kind in the namespaces that are named, each by itself, and no other', async () => {
    for (const name of ['one', 'two', 'three'])
      await world.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const put = async (namespace: string, colour: string): Promise<void> => {
      const { metadata, ...map } = configMap('a', colour);
      await world.api.apply({ ...map, metadata: { ...metadata, namespace } }, { fieldManager: 'test' });
    };
    for (const namespace of ['one', 'two', 'three']) await put(namespace, 'red');
    const started = await start({
      kinds: [
        { kind: ConfigMapKind, namespaces: ['one'] },
        { kind: ConfigMapKind, namespaces: ['one', 'two'] },
      ],
    });
    const seen = (): unknown =>
      started
        .of(ConfigMapKind)
        .list()
        .map(({ metadata, data }) => [metadata.namespace, data?.['colour']]);
    expect(seen()).toEqual([
      ['one', 'red'],
      ['two', 'red'],
    ]);
    lossy.lose();
    await put('two', 'blue');
    await world.api.delete(ConfigMapKind, { namespace: 'one', name: 'a' });
    lossy.restore('forgetful');
    await clock.advance(60_000);
    expect(seen()).toEqual([['two', 'blue']]);
  });

  it('ends with nothing left to run', async () => {
    const started = await start();
    await started.stop();
    const { length } = lossy.calls;
    await world.api.create(configMap('a', 'red'));
    await clock.advance(3_600_000);
    expect([events, lossy.calls.length]).toEqual([[], length]);
  });
});

function textOf(object: KubeObject | undefined): string {
  return (object as ConfigMap | undefined)?.data?.['colour'] ?? '';
}

async function* nothing(): AsyncGenerator<never> {}
