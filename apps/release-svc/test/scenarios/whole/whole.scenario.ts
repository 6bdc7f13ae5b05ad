import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ClusterRelease,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  HelmBundleKind,
  MachineKind,
  NodeKind,
  UpdateGroupKind,
} from '@keelson/api';
import { Faults, Pace, standInForAbsent } from '@keelson/lab';
import {
  type Rack,
  aKaasRelease,
  aRack,
  clusterName,
  namespace,
  nextRelease,
  theCluster,
} from '../../../../lifecycle-svc/test/scenarios/rack/rack.js';
import { type Tracing, openTelemetrySpans, startTracing } from '@keelson/service';
import { silentLog } from '@keelson/std';
import { type OtlpReceiver, startOtlpReceiver, treeOf } from '@keelson/testing';
import { answerUpdates } from '../../../../lifecycle-svc/src/update/update.handlers.js';
import { PastSteps } from '../../../src/past/past-steps.js';
import { releaseReconcilers } from '../../../src/reconcilers.js';
import { timelineOf } from '../../../src/timeline/timeline.js';
import { StandIns, giveCeph, offline } from '../cloud.js';

const key = { namespace, name: 'first-21.2.0' };
const chart = (name: string) => ({ name, namespace: name, chart: `charts/${name}`, version: '9.0.0', required: true });

/** The next release, with the chart of a controller and another. */
function nextReleaseWithCharts() {
  const next = nextRelease() as ClusterRelease;
  const repositories = [{ name: 'charts', url: 'https://charts.test' }];
  const releases = [chart('metallb'), chart('openstack-operator')];
  return { ...next, spec: { ...next.spec, helm: { ...next.spec.helm, repositories, releases } } };
}

/**
 * lifecycle-svc and release-svc together over the lab's clusters and real agents; OpenStack is a stand-in, and for Ceph the
 * lab's own answers. All of it is simulated.
 */
describe('an update by the services together', () => {
  let rack: Rack;
  let receiver: OtlpReceiver;
  let tracing: Tracing;
  const environment = { ...process.env };
  beforeEach(async () => {
    receiver = await startOtlpReceiver();
    Object.assign(process.env, receiver.environment);
    tracing = await startTracing('scenario', receiver.environment);
  });
  afterEach(async () => {
    await rack.close();
    await tracing.stop();
    await receiver.stop();
    process.env = environment;
  });

  const plan = (): Promise<ClusterUpdatePlan> => rack.world.get(ClusterUpdatePlanKind, key);
  const commence = async (isCommenced: (id: string) => boolean): Promise<void> => {
    const steps = (await plan()).spec.steps.map((step) => ({ ...step, commence: isCommenced(step.id) }));
    await rack.world.api.patch(ClusterUpdatePlanKind, key, { spec: { steps } });
  };
  const statuses = async (): Promise<Record<string, string>> =>
    Object.fromEntries(((await plan()).status?.steps ?? []).map(({ id, status }) => [id, status]));
  /** What plan and Cluster say of a failure far below them. */
  const toldAtTheTop = async () => {
    const { status, progress } = (await plan()).status ?? {};
    const condition = (await rack.cluster()).status?.providerStatus?.conditions?.find(
      ({ type }) => type === 'LCMAgent',
    );
    return {
      plan: [status, progress?.reason, progress?.waitingOn],
      cluster: [condition?.ready, condition?.message],
    };
  };
  const until = (step: string, status: string): Promise<void> =>
    rack.world.until(`${step} is ${status}`, async () => (await statuses())[step] === status, 4 * 3600);

  it('goes from the offer to the last node, tells a failure on plan and Cluster within 5 s, and leaves a timeline of every machine', async () => {
    rack = await aRack({ servers: 6, spans: openTelemetrySpans('lifecycle-svc') });
    const { world } = rack;
    await world.apply(nextReleaseWithCharts(), aKaasRelease(), ...theCluster(3));
    await rack.allReady();
    await giveCeph(await rack.child());
    await answerUpdates({ ...world, phases: rack.phases, spans: openTelemetrySpans('lifecycle-svc') });
    const standIns = new StandIns(world);
    await standIns.join('openstack');
    await standInForAbsent(world.bus, {
      ...world,
      log: silentLog,
      pace: new Pace(),
      faults: new Faults(world.clock),
    });
    await world.run(
      'release-svc',
      releaseReconcilers({ ...world, http: offline, config: {}, spans: openTelemetrySpans('release-svc') }),
    );
    await world.until(
      'the update is offered, with a step for Ceph',
      async () => (await world.find(ClusterUpdatePlanKind, key))?.spec.steps.some(({ id }) => id === 'ceph') === true,
      60,
    );
    await world.api.patch(UpdateGroupKind, { namespace, name: 'first-default' }, { spec: { concurrentUpdates: 2 } });

    await commence((id) => id === 'openstack' || id === 'ceph');
    await until('ceph', 'Completed');
    await world.advance(600);
    const child = await rack.child();
    const kubelets = async (): Promise<readonly unknown[]> => [
      ...new Set((await child.list(NodeKind)).items.map(({ status }) => status?.nodeInfo?.['kubeletVersion'])),
    ];
    expect(await kubelets()).toEqual(['v1.31.9']);

    rack.failures.set('wk-1/deploy-kubernetes', [1, 1, 1, 1]);
    await commence((id) => id !== 'mcc-components');
    await until('k8s-workers-first-default', 'InProgress');
    expect((await statuses())['k8s-controllers']).toBe('Completed');
    await world.until('wk-1 fails', async () => (await rack.lcm('wk-1')).status?.lcmOperationStuck === true, 3600);
    await world.advance(5);
    expect(await toldAtTheTop()).toEqual({
      plan: ['Failed', 'StepFailed', { kind: 'LCMMachine', namespace, name: 'wk-1' }],
      cluster: [false, expect.stringContaining('item deploy-kubernetes failed')],
    });
    await until('k8s-workers-first-default', 'Completed');
    expect(await kubelets()).toEqual(['v1.32.5']);

    await world.advance(600);
    const renewed = async (): Promise<readonly string[]> =>
      (await world.get(HelmBundleKind, { namespace, name: clusterName })).spec.releases.flatMap(({ name, version }) =>
        version === '9.0.0' ? [name] : [],
      );
    expect(await renewed()).toEqual(['openstack-operator']);
    await commence(() => true);
    await world.until('the update is over', async () => (await plan()).status?.status === 'Completed', 3600);
    expect(await renewed()).toEqual(['metallb', 'openstack-operator']);
    expect((await plan()).status?.steps?.at(-1)?.message).toMatch(
      /^all machines are updated; 1 chart is not installed \(metallb\): .*no helm binary is set/,
    );
    const machines = (await world.api.list(MachineKind, { namespace })).items.map(({ metadata }) => metadata.name);
    const timeline = await timelineOf(await plan(), machines, new PastSteps(world.records), world.clock.now());
    const spans = timeline.spans.filter(({ what }) => what === 'machine');
    expect(spans.map(({ name }) => name).sort()).toEqual(['cp-1', 'cp-2', 'cp-3', 'wk-1', 'wk-2', 'wk-3']);
    expect(spans.every(({ finishedAt }) => finishedAt !== undefined)).toBe(true);
    const attempts = await new PastSteps(world.records).rowsOfMachine(namespace, 'wk-1');
    expect(attempts.map(({ to }) => to)).toEqual(['InProgress', 'Failed', 'InProgress', 'Completed']);
    expect(attempts[1]?.why).toContain('item deploy-kubernetes failed');
    const phases = timeline.spans.filter(({ what }) => what === 'phase');
    expect(phases.filter(({ of }) => of === 'wk-2').map(({ name }) => name)).toEqual([
      'locks',
      'drain',
      'kubernetes',
      'rejoin',
      'uncordon',
    ]);
    expect(phases.every(({ finishedAt }) => finishedAt !== undefined)).toBe(true);
    await world.advance(60);
    await tracing.stop();
    const told = treeOf(
      receiver.spans.filter(({ scope }) => scope !== '@keelson/reconcile'),
      '',
    );
    expect(told.filter((line) => !line.includes('phase'))).toEqual([
      'update first-21.2.0',
      '  step openstack',
      '  step ceph',
      '  step k8s-controllers',
      ...['cp-1', 'cp-2', 'cp-3'].map((machine) => `    machine ${machine}`),
      '  step k8s-workers-first-default',
      // Two at once; wk-1 fails for a while.
      ...['wk-2', 'wk-1', 'wk-3'].map((machine) => `    machine ${machine}`),
      '  step mcc-components',
    ]);
    const at = told.indexOf('    machine wk-2');
    expect(told.slice(at + 1, at + 6)).toEqual(
      ['locks', 'drain', 'kubernetes', 'rejoin', 'uncordon'].map((phase) => `      phase ${phase}`),
    );
  });
});
