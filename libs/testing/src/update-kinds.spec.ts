import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ClusterUpdatePlanKind,
  type KubeObject,
  LicenseKind,
  MCCUpgradeKind,
  UpdateGroupKind,
  type UpdateStepState,
} from '@keelson/api';
import { type HermeticCluster, hermeticCluster } from './hermetic-cluster.js';

let world: HermeticCluster;
beforeAll(async () => {
  world = await hermeticCluster();
  await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } });
});
afterAll(() => world.close());

const kaas = (kind: string, name: string, spec: object, namespace?: string): KubeObject =>
  ({
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec,
  }) as KubeObject;

/** A plan with two steps, the first commenced and in the given state. */
async function aPlan(
  name: string,
  state: UpdateStepState,
  status = 'InProgress',
): Promise<{ namespace: string; name: string }> {
  const steps = ['openstack', 'ceph'].map((id) => ({ id, name: id, commence: id === 'openstack' }));
  await world.apply(kaas('ClusterUpdatePlan', name, { cluster: 'c', source: 'a', target: 'b', steps }, 'demo'));
  const key = { namespace: 'demo', name };
  await world.report(ClusterUpdatePlanKind, key, { status, steps: [{ id: 'openstack', status: state }] });
  return key;
}

const withdrawn = { spec: { steps: ['openstack', 'ceph'].map((id) => ({ id, name: id, commence: false })) } };

describe('the rules of the update kinds', () => {
  it('keep a step that has begun, and let one that has not be withdrawn', async () => {
    const begun = await aPlan('begun', 'InProgress');
    await expect(world.api.patch(ClusterUpdatePlanKind, begun, withdrawn)).rejects.toThrow(/cannot be taken back/);
    await expect(
      world.api.patch(ClusterUpdatePlanKind, begun, { spec: { steps: [{ id: 'ceph', name: 'ceph' }] } }),
    ).rejects.toThrow(/cannot be removed/);
    const waiting = await aPlan('waiting', 'Scheduled');
    const plan = await world.api.patch(ClusterUpdatePlanKind, waiting, withdrawn);
    expect(plan.spec.steps.map(({ commence }) => commence)).toEqual([false, false]);
  });

  it('let a running step be stopped only while alerts pause the plan', async () => {
    const paused = await aPlan('paused', 'InProgress', 'AutoPaused');
    const plan = await world.api.patch(ClusterUpdatePlanKind, paused, withdrawn);
    expect(plan.spec.steps[0]?.commence).toBe(false);
  });

  it('keep what a plan is about', async () => {
    const key = await aPlan('fixed', 'NotStarted');
    await expect(world.api.patch(ClusterUpdatePlanKind, key, { spec: { target: 'z' } })).rejects.toThrow(
      /cannot be changed/,
    );
    const twice = {
      spec: {
        steps: [
          { id: 'ceph', name: 'a' },
          { id: 'ceph', name: 'b' },
        ],
      },
    };
    await expect(world.api.patch(ClusterUpdatePlanKind, key, twice)).rejects.toThrow(/must differ/);
  });

  it('know the names of singletons', async () => {
    await expect(world.apply(kaas('License', 'mine', {}))).rejects.toThrow(/its name is license/);
    await expect(world.apply(kaas('MCCUpgrade', 'mine', {}))).rejects.toThrow(/its name is mcc-upgrade/);
    await world.apply(kaas('License', 'license', {}), kaas('MCCUpgrade', 'mcc-upgrade', {}));
    expect((await world.get(MCCUpgradeKind, { name: 'mcc-upgrade' })).spec).toEqual({
      timeZone: 'UTC',
      autoDelay: false,
    });
    expect(await world.find(LicenseKind, { name: 'license' })).toBeDefined();
  });

  it('refuse hours that are none and a window that ends before it begins', async () => {
    const window = (from: number, to: number): KubeObject =>
      kaas('MCCUpgrade', 'mcc-upgrade', { schedule: [{ hours: { from, to } }] });
    await expect(world.apply(window(1, 25))).rejects.toThrow(/less than or equal to 24/);
    await expect(world.apply(window(5, 1))).rejects.toThrow(/hours.from must be before hours.to/);
    await world.apply(window(22, 24));
  });

  it('update a control plane one by one', async () => {
    await expect(
      world.apply(kaas('UpdateGroup', 'c-controlplane', { index: 0, concurrentUpdates: 2 }, 'demo')),
    ).rejects.toThrow(/one by one/);
    await world.apply(kaas('UpdateGroup', 'c-default', { index: 1 }, 'demo'));
    expect((await world.get(UpdateGroupKind, { namespace: 'demo', name: 'c-default' })).spec).toEqual({
      index: 1,
      concurrentUpdates: 1,
    });
  });
});
