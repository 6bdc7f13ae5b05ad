import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConfigMap, ConfigMapKind } from '@keelson/api';
import { seededRandom, silentLog, systemClock } from '@keelson/std';
import { kubeOverTls, type ServedKubeWorld } from '@keelson/testing';
import { type Caches, electLeader, httpKubeApi, startCaches } from './index.js';

const key = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name });
const configMap = (name: string): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: key(name), data: {} });

/** What only shows with a server behind a network: credentials, and the life of connections. */
describe('the embedded API over TLS', () => {
  let world: ServedKubeWorld;
  let caches: Caches[];

  beforeEach(async () => {
    world = await kubeOverTls();
    caches = [];
  });
  afterEach(async () => {
    await Promise.all(caches.map((started) => started.stop()));
    await world.close();
  });

  const cachesOf = async (api = world.api): Promise<Caches> => {
    const started = await startCaches({
      api,
      clock: systemClock,
      random: seededRandom('x'),
      log: silentLog,
      kinds: [{ kind: ConfigMapKind, namespaces: ['default'] }],
    });
    caches.push(started);
    return started;
  };
  const namesIn = (cacheSet: Caches): string[] =>
    cacheSet
      .of(ConfigMapKind)
      .list()
      .map((object) => object.metadata.name);

  it('knows a service account by its token, and nobody by a wrong one', async () => {
    await world.api.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: key('robot') });
    const { token } = await world.api.createToken(key('robot'), { expirationSeconds: 3600 });
    await expect(world.withToken(token).get(ConfigMapKind, key('a'))).rejects.toMatchObject({
      sort: 'terminal',
      reason: 'Forbidden',
      message: expect.stringContaining('User "system:serviceaccount:default:robot" cannot get resource "configmaps"'),
    });
    await expect(world.withToken('nonsense').get(ConfigMapKind, key('a'))).rejects.toMatchObject({
      sort: 'terminal',
      reason: 'Unauthorized',
    });
  });

  it('uses a renewed token at once', async () => {
    let token = 'nonsense';
    const api = world.withToken(() => token);
    await expect(api.get(ConfigMapKind, key('a'))).rejects.toMatchObject({ reason: 'Unauthorized' });
    await world.api.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: key('robot') });
    ({ token } = await world.api.createToken(key('robot'), { expirationSeconds: 3600 }));
    await expect(api.get(ConfigMapKind, key('a'))).rejects.toMatchObject({ reason: 'Forbidden' });
  });

  it('keeps caches current, through the end of its server and a new one', async () => {
    const cacheSet = await cachesOf();
    await world.api.create(configMap('a'));
    await until(() => namesIn(cacheSet).join() === 'a');
    await world.interrupt();
    await expect(world.api.get(ConfigMapKind, key('a'))).rejects.toMatchObject({
      sort: 'transient',
      reason: 'Unreachable',
    });
    await until(() => cacheSet.lacks() !== undefined);
    await world.resume();
    await world.api.create(configMap('b'));
    await until(() => namesIn(cacheSet).join() === 'a,b');
    expect(cacheSet.lacks()).toBeUndefined();
  });

  it('elects one leader of several, and the next when that one goes', async () => {
    const leaders: string[] = [];
    const elections = ['a', 'b', 'c'].map((identity) =>
      electLeader({
        api: httpKubeApi({
          kubeconfig: world.kubeconfig('admin', ['system:masters']),
          clock: systemClock,
          random: seededRandom(identity),
          log: silentLog,
          userAgent: identity,
        }),
        lease: key('leader'),
        identity,
        clock: systemClock,
        random: seededRandom(identity),
        log: silentLog,
        retrySeconds: 0.05,
        onLead: () => void leaders.push(identity),
      }),
    );
    await until(() => leaders.length === 1);
    await elections.find((election) => election.isLeader())?.stop();
    await until(() => leaders.length === 2);
    expect(new Set(leaders).size).toBe(2);
    await Promise.all(elections.map((election) => election.stop()));
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; !holds(); attempt += 1) {
    if (attempt === 2000) throw new Error('it never came to hold');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
