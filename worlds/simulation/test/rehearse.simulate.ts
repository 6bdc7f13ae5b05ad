import { describe, expect, it } from '@jest/globals';
import { type KubeObject, NodeWorkloadLockKind, apiVersionOf } from '@keelson/api';
import { type Rehearsal, rehearse, standingCluster, standingWorld, takeSnapshot } from '../src/index.js';
import { UpdateWorld } from '../src/updates/update-world.js';

const compress = 60;

/** A cluster that was built by the services is read by its API, and its update is rehearsed on what was read. */
describe('a rehearsal', () => {
  it('takes no secret, runs the update to its end, and names the lock or the budget that would stop it', async () => {
    const seconds = { pace: { item: () => 1, reboot: () => 1 }, stepSeconds: () => 1 };
    const world = await UpdateWorld.open({
      seed: 'rehearsed',
      saved: await standingWorld(),
      cluster: standingCluster,
      ...seconds,
    });
    await world.settle();
    const saved = await takeSnapshot(world.api, standingCluster, world.clock.now());
    const nodeName = world.hosts.versions().get('wk-2')?.node ?? '';
    await world.close();
    expect(Object.keys(saved.objects).filter((resource) => /secret|credential/.test(resource))).toEqual([]);
    expect(JSON.stringify(saved)).not.toContain('PRIVATE KEY');

    const lock = {
      apiVersion: apiVersionOf(NodeWorkloadLockKind),
      kind: NodeWorkloadLockKind.kind,
      metadata: { name: 'night-shift' },
      spec: { controllerName: 'night-shift', nodeName },
    } as KubeObject;
    const run = (...inside: readonly KubeObject[]): Promise<Rehearsal> =>
      rehearse({ saved, cluster: standingCluster, inside, compress, seed: '1', withFaults: 0 });
    const [free] = (await run(...guarded('shop', 2))).courses;
    expect(free?.completed).toBe(true);
    expect(free?.machines.map(({ name }) => name).slice(0, 3)).toEqual(['cp-1', 'cp-2', 'cp-3']);
    expect(free?.steps.every(({ begins, ends }) => begins !== undefined && ends !== undefined)).toBe(true);
    const [held] = (await run(lock)).courses;
    expect([held?.completed, held?.obstacles[0]]).toMatchObject([
      false,
      { object: 'LCMCluster first', reason: 'HeldByLock', waitsOn: 'NodeWorkloadLock night-shift', isLast: true },
    ]);
    // It is given up after an hour of the world's own time, which stands for so many hours of the update.
    expect(held?.obstacles[0]?.seconds).toBeGreaterThanOrEqual(compress * 3_600);
    const [guardedTooWell] = (await run(...guarded('shop', 1))).courses;
    expect([guardedTooWell?.completed, guardedTooWell?.obstacles[0]]).toMatchObject([
      false,
      { reason: 'DisruptionBudget', waitsOn: 'PodDisruptionBudget shop', isLast: true },
    ]);
  });
});

/** A workload of so many pods, of which one must stay whatever happens. */
function guarded(name: string, replicas: number): readonly (KubeObject & { readonly spec: object })[] {
  const matchLabels = { app: name };
  const spec = { containers: [{ name, image: name }] };
  return [
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace: 'default' },
      spec: { minAvailable: 1, selector: { matchLabels } },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'default' },
      spec: { replicas, selector: { matchLabels }, template: { metadata: { labels: matchLabels }, spec } },
    },
  ];
}
