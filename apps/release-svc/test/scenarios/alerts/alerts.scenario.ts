import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventKind, type KubeObject, UpdateAutoPauseKind } from '@keelson/api';
import type { Subscription } from '@keelson/bus';
import { alertsRequest } from '@keelson/contracts';
import { transient } from '@keelson/std';
import { type Cloud, aCloud, clusterName, namespace, planName } from '../cloud.js';

const steps = ['openstack', 'ceph', 'k8s-controllers', 'k8s-workers-cloud-default', 'mcc-components'];
const key = { namespace, name: clusterName };

describe('an update whose alerts nobody tells', () => {
  let cloud: Cloud;
  beforeEach(async () => {
    cloud = await aCloud();
  });
  afterEach(() => cloud.world.close());

  const pausedByAlerts = (): Promise<void> =>
    cloud.world.apply({
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: UpdateAutoPauseKind.kind,
      metadata: key,
      spec: { alerts: ['NovaServiceDown'] },
    } as KubeObject);
  const tellAlerts = (): Promise<Subscription> => cloud.world.bus.respond(alertsRequest, async () => ({ firing: [] }));
  const failToTell = (): Promise<Subscription> =>
    cloud.world.bus.respond(alertsRequest, async () => {
      throw transient('Alertmanager does not answer');
    });
  const warnings = async (): Promise<readonly (string | undefined)[]> =>
    (await cloud.world.api.list(EventKind, { namespace })).items
      .filter(({ reason }) => reason === 'AlertsUnknown')
      .map(({ message }) => message);

  it('goes on where nobody ever did, and says with plan and Event that none can pause it', async () => {
    await pausedByAlerts();
    await cloud.world.advance(900);
    await cloud.commence(...steps);
    await cloud.until('openstack', 'InProgress', 120);
    expect((await cloud.plan()).status?.message).toMatch(/^openstack: .*; alerts cannot pause it: nobody tells them/);
    expect(await warnings()).toEqual([expect.stringMatching(/^openstack has begun, and alerts cannot pause it/)]);
    await cloud.until('mcc-components', 'Completed');
    expect((await cloud.plan()).status?.message).toBe('cloud runs mosk-b');
    expect((await warnings()).length).toBe(steps.length);
  });

  it.each<readonly [string, () => Promise<Subscription | undefined>]>([
    ['has left', async () => undefined],
    ['cannot tell them', failToTell],
  ])('begins no step when who told them %s for minutes; what runs goes on', async (_how, instead) => {
    const telling = await tellAlerts();
    await pausedByAlerts();
    await cloud.commence(...steps);
    await cloud.until('openstack', 'InProgress', 120);
    await telling.stop();
    const failing = await instead();
    await cloud.until('openstack', 'Completed', 600);
    await cloud.world.advance(600);
    expect((await cloud.plan()).status).toMatchObject({
      status: 'InProgress',
      message: expect.stringMatching(
        /: the alerts that pause it are unknown since .*: bring observability-svc back, or/,
      ),
      progress: { reason: 'AlertsUnknown', waitingOn: { kind: UpdateAutoPauseKind.kind, ...key } },
    });
    const before = await cloud.statuses();
    await cloud.world.advance(1800);
    expect(await cloud.statuses()).toEqual(before);
    const { chain } = await cloud.manager.why('ClusterUpdatePlan', { namespace, name: planName });
    expect(chain.at(-1)?.object).toEqual({ kind: 'Service', name: 'observability-svc' });
    await failing?.stop();
    await tellAlerts();
    await cloud.until('mcc-components', 'Completed');
    expect((await cloud.world.get(UpdateAutoPauseKind, key)).status).toEqual({
      firingAlerts: [],
      source: 'observability-svc',
    });
  });

  it('begins its steps all the same where an operator says so', async () => {
    const telling = await tellAlerts();
    await pausedByAlerts();
    await cloud.world.advance(60);
    await telling.stop();
    await cloud.world.advance(600);
    await cloud.commence(...steps);
    await cloud.world.advance(120);
    expect([cloud.owners.ordered, (await cloud.plan()).status?.status]).toEqual([[], 'NotStarted']);
    const annotations = { 'keelson.dev/update-without-alerts': 'true' };
    await cloud.world.api.patch(UpdateAutoPauseKind, key, { metadata: { annotations } });
    await cloud.until('mcc-components', 'Completed');
    expect(await warnings()).toContainEqual(
      expect.stringMatching(/^openstack has begun, and alerts cannot pause it: they are unknown since/),
    );
  });
});
