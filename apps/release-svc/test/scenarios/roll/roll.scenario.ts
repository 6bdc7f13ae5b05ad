import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClusterKind,
  type Deployment,
  DeploymentKind,
  EventKind,
  KaaSReleaseKind,
  type MCCUpgrade,
  MCCUpgradeKind,
} from '@keelson/api';
import type { Manager } from '@keelson/reconcile';
import { type FaultRule, type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { releaseReconcilers } from '../../../src/reconcilers.js';
import { offline } from '../cloud.js';
import { aDeployment, aKaaSRelease, aManagementCluster, deploymentStatus } from './roll.fixtures.js';

const services = ['baremetal-svc', 'lifecycle-svc', 'release-svc', 'sdn-svc'];
const management = { namespace: 'default', name: 'kaas-mgmt' };
const running = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
const keyOf = (name: string): { namespace: string; name: string } => ({ namespace: 'keelson-system', name });

describe('the services of the management cluster', () => {
  let world: HermeticCluster;
  let manager: Manager;
  let rule: FaultRule;
  /** Simulated: what stands in for the controller of Deployments replaces one process a second, but of these not. */
  const hanging = new Set<string>();
  const moved: string[] = [];

  const upgrade = (): Promise<MCCUpgrade> => world.get(MCCUpgradeKind, { name: 'mcc-upgrade' });
  const tags = async (): Promise<string[]> =>
    (await world.api.list(DeploymentKind)).items.map((each) => `${each.metadata.name} ${tagOf(each)}`);
  const tick = async (): Promise<void> => {
    for (const deployment of (await world.api.list(DeploymentKind)).items) {
      const { name } = deployment.metadata;
      const id = `${name} ${tagOf(deployment)}`;
      if (tagOf(deployment) !== '0.1.0' && !moved.includes(id)) moved.push(id);
      const status = deploymentStatus(deployment, hanging.has(name));
      if (status !== undefined) await world.report(DeploymentKind, keyOf(name), status);
    }
    await world.advance(1);
  };
  const play = async (until: () => Promise<boolean>): Promise<void> => {
    for (let seconds = 0; !(await until()); seconds++) {
      if (seconds > 120) throw new Error(`not within two minutes: ${JSON.stringify((await upgrade()).status)}`);
      await tick();
    }
  };
  const isOver = async (): Promise<boolean> => (await upgrade()).status?.lastUpgrade?.finishedAt !== undefined;

  beforeEach(async () => {
    hanging.clear();
    moved.length = 0;
    rule = () => undefined;
    world = await hermeticCluster({ faults: { api: (call) => rule(call) } });
    await world.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
      aKaaSRelease('2.31.0', 'mgmt-1', {}),
      aManagementCluster(management, 'kaas-2-31-0', 'mgmt-1'),
      ...services.map((name) => aDeployment(name, '0.1.0')),
    );
    await world.report(ClusterKind, management, {
      providerStatus: { ready: true, releaseRefs: { current: { name: 'mgmt-1' } } },
    });
    for (const name of services) await world.report(DeploymentKind, keyOf(name), running);
    manager = await world.run('release-svc', releaseReconcilers({ ...world, http: offline, config: {} }));
    await world.advance(10);
    await world.apply(aKaaSRelease('2.32.0', 'mgmt-1', Object.fromEntries(services.map((name) => [name, '0.2.0']))));
  });
  afterEach(() => world.close());

  it('roll one by one in order, release-svc itself last, and then the update is over', async () => {
    await play(isOver);
    expect(moved).toEqual(['baremetal-svc 0.2.0', 'lifecycle-svc 0.2.0', 'sdn-svc 0.2.0', 'release-svc 0.2.0']);
    expect((await upgrade()).status).toMatchObject({
      message: 'there is no newer release',
      services: ['baremetal-svc', 'lifecycle-svc', 'sdn-svc', 'release-svc'].map((name) => ({
        name,
        version: '0.2.0',
        state: 'Done',
      })),
    });
  });

  it.each(['crashBefore', 'crashAfter'] as const)(
    'go on where they were when release-svc is killed (%s)',
    async (fault) => {
      const killed = new Set<string>();
      rule = ({ verb, kind, name }) => {
        if (kind !== 'Deployment' || verb !== 'patch' || killed.has(name)) return undefined;
        killed.add(name);
        return fault;
      };
      await play(isOver);
      expect([[...killed], moved]).toEqual([
        ['baremetal-svc', 'lifecycle-svc', 'sdn-svc', 'release-svc'],
        ['baremetal-svc 0.2.0', 'lifecycle-svc 0.2.0', 'sdn-svc 0.2.0', 'release-svc 0.2.0'],
      ]);
    },
  );

  it('stand still when one hangs, told by name, and go on when that one does', async () => {
    hanging.add('lifecycle-svc');
    await play(async () => (await upgrade()).status?.message?.includes('does not get to') === true);
    for (let i = 0; i < 5; i++) await tick();
    expect((await upgrade()).status).toMatchObject({
      message: expect.stringMatching(/^lifecycle-svc does not get to 0\.2\.0 \(1 of 4 services done\): it timed out/),
      services: [
        { state: 'Done' },
        { state: 'Blocked' },
        { state: 'Waiting', wantedVersion: '0.2.0' },
        { state: 'Waiting' },
      ],
    });
    expect(await tags()).toEqual(['baremetal-svc 0.2.0', 'lifecycle-svc 0.2.0', 'release-svc 0.1.0', 'sdn-svc 0.1.0']);
    expect((await manager.why('MCCUpgrade', { name: 'mcc-upgrade' })).chain).toEqual([
      expect.objectContaining({
        reason: 'ProgressDeadlineExceeded',
        message: expect.stringContaining('lifecycle-svc'),
      }),
      { object: { kind: 'Deployment', ...keyOf('lifecycle-svc') } },
    ]);
    const events = (await world.api.list(EventKind)).items.map(({ reason }) => reason);
    expect(events).toEqual(expect.arrayContaining(['ServiceMoved', 'ProgressDeadlineExceeded']));
    hanging.clear();
    await play(isOver);
    expect(new Set((await tags()).map((each) => each.split(' ')[1]))).toEqual(new Set(['0.2.0']));
  });

  it('go back, when one hangs and the earlier release is set again', async () => {
    await world.apply(aKaaSRelease('2.30.0', 'mgmt-1', Object.fromEntries(services.map((name) => [name, '0.1.0']))));
    hanging.add('lifecycle-svc');
    await play(async () => (await upgrade()).status?.message?.includes('does not get to') === true);
    // The next one up would be begun again: its publisher, or the operator, takes it back.
    for (const name of ['kaas-2-31-0', 'kaas-2-32-0'])
      await world.api.patch(
        KaaSReleaseKind,
        { name },
        { metadata: { annotations: { 'keelson.dev/pulled-back': 'by hand' } } },
      );
    await world.api.patch(ClusterKind, management, {
      spec: { providerSpec: { value: { kaas: { release: 'kaas-2-30-0' } } } },
    });
    hanging.clear();
    await play(async () => (await tags()).every((each) => each.endsWith(' 0.1.0')));
    await play(isOver);
  });

  it('are not moved while an operator has paused the rollouts of one', async () => {
    await world.api.patch(DeploymentKind, keyOf('baremetal-svc'), { spec: { paused: true } });
    await play(async () => (await upgrade()).status?.message?.includes('its rollouts are paused') === true);
    expect(await tags()).toContain('baremetal-svc 0.1.0');
    await world.api.patch(DeploymentKind, keyOf('baremetal-svc'), { spec: { paused: false } });
    await play(isOver);
  });
});

function tagOf({ spec }: Deployment): string {
  const [container] = (spec?.template?.spec?.['containers'] ?? []) as readonly { readonly image: string }[];
  return container?.image.split(':')[1] ?? '';
}
