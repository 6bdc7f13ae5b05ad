import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ConfigMapKind, LeaseKind, ServiceAccountKind } from '@keelson/api';
import { VirtualClock, rfc3339Micro, seededRandom, silentLog } from '@keelson/std';
import type { ChildApi, ChildWrite, SavedObjects } from './child-api.js';
import { engineBehind, engineChildApi } from './engine-child-api.js';

const pki = { caCertificate: 'ca', serverCertificate: 'cert', serverKey: 'key' };
const key = { namespace: 'default', name: 'a' };
const aConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: key, data: { x: '1' } };

function aChildApi(saved: SavedObjects = {}): ChildApi {
  return engineChildApi({ clock: new VirtualClock(), random: seededRandom('child'), log: silentLog })(pki, saved);
}

describe("a child cluster's API over an engine", () => {
  it('creates, reads, patches and removes, and sorts what goes wrong', async () => {
    const api = aChildApi();
    await api.create(ConfigMapKind, aConfigMap);
    await expect(api.create(ConfigMapKind, aConfigMap)).rejects.toMatchObject({
      sort: 'conflict',
      reason: 'AlreadyExists',
    });
    await api.patch(ConfigMapKind, key, { data: { y: '2' } });
    expect((await api.get(ConfigMapKind, key))?.data).toEqual({ x: '1', y: '2' });
    await api.remove(ConfigMapKind, key);
    await api.remove(ConfigMapKind, key);
    expect(await api.get(ConfigMapKind, key)).toBeUndefined();
    await expect(api.patch(ConfigMapKind, key, {})).rejects.toMatchObject({ sort: 'notFound' });
  });

  it('tells of writes, but not of heartbeats', async () => {
    const api = aChildApi();
    await api.list(ConfigMapKind);
    const seen: Pick<ChildWrite, 'resource' | 'name' | 'type'>[] = [];
    api.onWrite((writes) => void seen.push(...writes.map(({ resource, name, type }) => ({ resource, name, type }))));
    await api.create(LeaseKind, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: 'default', name: 'n' },
      spec: { renewTime: rfc3339Micro(0) },
    });
    await api.create(ConfigMapKind, aConfigMap);
    await api.remove(ConfigMapKind, key);
    expect(seen).toEqual([
      { resource: 'configmaps', name: 'a', type: 'put' },
      { resource: 'configmaps', name: 'a', type: 'delete' },
    ]);
  });

  it('knows the tokens that it gave before it was started again', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const serverKey = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const serve = async () => ({ close: async () => undefined });
    const clock = new VirtualClock();
    const started = (process: string, saved: SavedObjects) =>
      engineChildApi({ clock, random: seededRandom(process), log: silentLog, serve })({ ...pki, serverKey }, saved);
    const api = started('first', {});
    await api.create(ServiceAccountKind, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: key });
    const given = (await engineBehind(api)).issueToken(key, { spec: { expirationSeconds: 3600 } });
    const { token: bearer } = given['status'] as { token: string };
    const again = await engineBehind(started('second', JSON.parse(JSON.stringify(api.dump()))));
    expect(again.authenticate({ bearer })).toMatchObject({ name: 'system:serviceaccount:default:a' });
  });

  it('comes back from its own dump with the same objects and later versions', async () => {
    const api = aChildApi();
    await api.create(ConfigMapKind, aConfigMap);
    const saved: SavedObjects = JSON.parse(JSON.stringify(api.dump()));
    const before = await engineBehind(api);
    const again = aChildApi(saved);
    expect(again.dump()).toEqual(saved);
    const [old, now] = [await api.get(ConfigMapKind, key), await again.get(ConfigMapKind, key)];
    await again.patch(ConfigMapKind, key, { data: { x: '2' } });
    const after = await engineBehind(again);
    expect({
      now,
      isLater: after.registry.store.revision > before.registry.store.revision + 1_000,
      floor: after.registry.store.history.floor('configmaps') > before.registry.store.revision,
    }).toEqual({
      now: old,
      isLater: true,
      floor: true,
    });
    expect(await again.list(ConfigMapKind)).toHaveLength((await api.list(ConfigMapKind)).length);
  });
});
