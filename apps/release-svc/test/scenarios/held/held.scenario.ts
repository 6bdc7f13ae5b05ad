import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ClusterKind,
  ClusterUpdatePlanKind,
  type KubeObject,
  LicenseKind,
  type Progress,
  UpdateAutoPauseKind,
} from '@keelson/api';
import { alertsRequest } from '@keelson/contracts';
import { type Rack, clusterName, namespace } from '../../../../lifecycle-svc/test/scenarios/rack/rack.js';
import { releaseReconcilers } from '../../../src/reconcilers.js';
import { offline, type StandIns } from '../cloud.js';
import { aToken, issuerKey } from '../license/license.fixtures.js';
import { aSmallCluster } from '../small-cluster.js';

const cluster = { namespace, name: clusterName };
const key = { namespace, name: 'first-21.2.0' };
const plan = { kind: 'ClusterUpdatePlan', ...key };
/** From the failure of the leaf on the Cluster tells it, seconds. */
const toldWithinSeconds = 5;

interface Fault {
  readonly name: string;
  /** Ends when the leaf has failed. */
  readonly act: () => Promise<void>;
  readonly cure: () => Promise<void>;
  /** The steps that are commenced. */
  readonly commenced?: readonly string[];
  readonly reason: string;
  readonly says: RegExp;
  /** From the Cluster to what must move. */
  readonly chain: readonly object[];
}

/** lifecycle-svc and release-svc together over the lab's cluster and real agents; OpenStack and Ceph are stand-ins. All of it is simulated. */
describe('an update that is commenced and held is told on the Cluster', () => {
  let rack: Rack;
  let owners: StandIns;
  const firing = new Set<string>();

  const commence = async (isCommenced: (id: string) => boolean): Promise<void> => {
    const { spec } = await rack.world.get(ClusterUpdatePlanKind, key);
    const steps = spec.steps.map((step) => ({ ...step, commence: isCommenced(step.id) }));
    await rack.world.api.patch(ClusterUpdatePlanKind, key, { spec: { steps } });
  };
  const progress = async (): Promise<Progress | undefined> => (await rack.cluster()).status?.progress;
  const alertIsKnown = (is: boolean): Promise<void> =>
    rack.world.until(
      `an alert is known: ${String(is)}`,
      async () => ((await rack.world.get(UpdateAutoPauseKind, cluster)).status?.firingAlerts?.length ?? 0) > 0 === is,
      60,
    );
  const license = async (seconds: number): Promise<void> => {
    const value = aToken({ sub: 'acme', exp: Math.round(rack.world.clock.now() / 1000) + seconds });
    await rack.world.apply({
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: LicenseKind.kind,
      metadata: { name: 'license' },
      spec: { license: { value } },
    } as KubeObject);
  };
  const expired = async (): Promise<boolean> =>
    (await rack.world.find(LicenseKind, { name: 'license' }))?.status?.expired === true;
  const maintenance = async (is: boolean): Promise<void> => {
    await rack.world.api.patch(ClusterKind, cluster, { spec: { providerSpec: { value: { maintenance: is } } } });
    const isIn = async (): Promise<boolean> =>
      ((await rack.cluster()).status?.providerStatus?.maintenance === true) === is;
    await rack.world.until(`maintenance is ${String(is)}`, isIn, 600);
  };

  beforeAll(async () => {
    ({ rack, owners } = await aSmallCluster());
    const { world } = rack;
    await world.bus.respond(alertsRequest, async () => ({ firing: [...firing] }));
    const config = { licenseIssuerKey: issuerKey };
    await world.run('release-svc', releaseReconcilers({ ...world, http: offline, config }));
    await world.apply({
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: 'UpdateAutoPause',
      metadata: { name: clusterName, namespace },
      spec: { alerts: ['NovaServiceDown'] },
    } as KubeObject);
    const isOffered = async (): Promise<boolean> => (await world.find(ClusterUpdatePlanKind, key)) !== undefined;
    await world.until('the update is offered', isOffered, 60);
  });
  afterAll(async () => {
    await rack.close();
  });

  const faults: readonly Fault[] = [
    {
      name: 'by the license',
      act: async () => {
        await license(60);
        await rack.world.until('the license has expired', expired, 300);
      },
      cure: () => license(86_400),
      reason: 'LicenseExpired',
      says: /^the update first-21\.2\.0 does not get on: the license has expired/,
      chain: [plan, { kind: 'License', name: 'license' }],
    },
    {
      name: 'by the maintenance of the cluster, which leads nowhere else',
      act: () => maintenance(true),
      cure: () => maintenance(false),
      reason: 'Maintenance',
      says: /^the update first-21\.2\.0 does not get on: first is in maintenance mode: end that first/,
      chain: [],
    },
    {
      name: 'by its own first step',
      act: async () => undefined,
      cure: async () => undefined,
      commenced: ['ceph'],
      reason: 'NotCommenced',
      says: /^the update first-21\.2\.0 does not get on: the next step, openstack, waits for commence: true/,
      chain: [plan],
    },
    {
      // Last: its pause lasts until somebody commences again.
      name: 'by an alert',
      act: async () => {
        firing.add('NovaServiceDown');
        await alertIsKnown(true);
      },
      cure: async () => {
        firing.clear();
        await alertIsKnown(false);
      },
      reason: 'AutoPaused',
      says: /^the update first-21\.2\.0 does not get on: the alerts NovaServiceDown fire/,
      chain: [plan, { kind: 'UpdateAutoPause', ...cluster }],
    },
  ];

  it.each(faults)('$name', async ({ act, cure, commenced, reason, says, chain }) => {
    const { world } = rack;
    const isFree = async (): Promise<boolean> => (await progress())?.reason === undefined;
    await world.until('nothing holds the cluster', isFree, 120);
    await act();
    await commence((id) => commenced?.includes(id) ?? true);
    const isTold = async (): Promise<boolean> => {
      const told = await progress();
      return told?.reason === reason && says.test(told.message ?? '');
    };
    await world.until(`the Cluster tells ${reason}`, isTold, toldWithinSeconds);
    const { chain: links } = await rack.manager.why('Cluster', cluster);
    expect(links.map(({ object }) => object)).toEqual([{ kind: 'Cluster', ...cluster }, ...chain]);
    expect([links[0]?.reason, links[0]?.unblocks, links[0]?.abort]).toEqual([
      reason,
      expect.any(String),
      expect.any(String),
    ]);
    expect((await rack.cluster()).status?.providerStatus).toMatchObject({ ready: true, phase: 'Ready' });
    await commence(() => false);
    await cure();
  });

  it('by the owner of a step, once its release is on the cluster and machines wait for their turn', async () => {
    const { world } = rack;
    owners.failing.set('openstack', 'an agent does not come back');
    await commence(() => true);
    const isTold = async (): Promise<boolean> =>
      (await progress())?.message === 'the update first-21.2.0 does not get on: openstack: an agent does not come back';
    await world.until('the Cluster tells it', isTold, 120);
    owners.failing.clear();
    const isDone = async (): Promise<boolean> =>
      (await world.get(ClusterUpdatePlanKind, key)).status?.status === 'Completed';
    await world.until('the update is over', isDone, 4 * 3600);
    await world.until('the Cluster is at rest', async () => (await progress())?.reason === undefined, 120);
  });
});
