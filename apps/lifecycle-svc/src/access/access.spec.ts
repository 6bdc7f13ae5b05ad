import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClusterKind, NodeKind, PodKind, type Secret, SecretKind } from '@keelson/api';
import { eachCallFailing } from '@keelson/testing';
import { type AccessScene, accountMap, anAccessScene, given } from './access.fixtures.js';

const hour = 3600;
let scene: AccessScene;
beforeEach(async () => (scene = await anAccessScene()));
afterEach(() => scene.close());

async function untilGiven({ management }: AccessScene): Promise<void> {
  await management.until('access is given', async () => (await management.find(SecretKind, given)) !== undefined);
}

describe('the accounts of services in clusters', () => {
  it('have the rights that come with the service and no others, and nothing of the administrator', async () => {
    await untilGiven(scene);
    const api = await scene.asService();
    expect((await api.list(NodeKind)).items).toEqual([]);
    await expect(api.list(SecretKind)).rejects.toMatchObject({ reason: 'Forbidden' });
    const secret = await scene.management.get<Secret>(SecretKind, given);
    const text = Buffer.from(secret.data?.['value'] ?? '', 'base64').toString('utf8');
    expect(text).toContain('https://first.test:6443');
    expect(text).not.toContain('client-key');
  });

  it('get a new token long before the old one ends, and other rights at once', async () => {
    await untilGiven(scene);
    const { management } = scene;
    const old = await scene.token();
    await management.advance(1.5 * hour);
    expect(await scene.token()).toBe(old);
    await management.advance(hour);
    expect(await scene.token()).not.toBe(old);
    await management.apply(accountMap('pods'));
    await management.advance(60);
    const api = await scene.asService();
    expect((await api.list(PodKind)).items).toEqual([]);
    await expect(api.list(NodeKind)).rejects.toMatchObject({ reason: 'Forbidden' });
    await management.advance(48 * hour);
    await expect(scene.asService()).resolves.toBeDefined();
  });

  it('wait for a cluster that does not answer, and come when it does', async () => {
    await untilGiven(scene);
    const { management } = scene;
    scene.isSilent = true;
    await management.advance(60);
    await management.api.delete(SecretKind, given);
    await management.advance(600);
    expect(await management.find(SecretKind, given)).toBeUndefined();
    scene.isSilent = false;
    await untilGiven(scene);
  });

  it('are not given in a cluster that leaves', async () => {
    await untilGiven(scene);
    const { management } = scene;
    const key = { namespace: 'demo', name: 'first' };
    await management.api.patch(ClusterKind, key, { metadata: { finalizers: ['test/hold'] } });
    await management.api.delete(ClusterKind, key);
    await management.api.delete(SecretKind, given);
    await management.advance(hour);
    expect(await management.find(SecretKind, given)).toBeUndefined();
  });

  it('hold whichever call to the API fails', async () => {
    const played = await eachCallFailing(
      async (options) => {
        const one = await anAccessScene(options);
        await untilGiven(one);
        await one.management.advance(60);
        await expect(one.asService()).resolves.toBeDefined();
        await one.close();
        return one.management;
      },
      ['lostAnswer', 'crashAfter'],
    );
    expect(played).toBeGreaterThan(2);
  });
});
