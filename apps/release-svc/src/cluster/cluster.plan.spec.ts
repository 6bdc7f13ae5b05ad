import { describe, expect, it } from '@jest/globals';
import type { Cluster, ClusterRelease, ClusterUpdatePlan, KaaSRelease, LCMCluster, UpdateGroup } from '@keelson/api';
import type { OfferWorld } from './cluster.observe.js';
import { planOffer } from './cluster.plan.js';

const [from, to] = [
  { metadata: { name: 'mosk-a' }, spec: { version: '21.1.0+26.1' } } as ClusterRelease,
  { metadata: { name: 'mosk-b' }, spec: { version: '21.2.0+26.2' } } as ClusterRelease,
];
const groups = ['cloud-controlplane', 'cloud-default'].map(
  (name) =>
    ({ metadata: { name }, spec: { index: 1, concurrentUpdates: 1, rebootIfUpdateRequires: true } }) as UpdateGroup,
);
const offered = {
  metadata: { name: 'cloud-21.2.0', namespace: 'demo' },
  spec: { cluster: 'cloud', source: 'mosk-a', target: 'mosk-b', steps: [] },
} as unknown as ClusterUpdatePlan;

interface Given {
  /** Where the graph leads from the release that the cluster is on. */
  readonly ways: readonly string[];
  /** The release in the spec of the Cluster. */
  readonly wanted: string;
  /** The version that lifecycle-svc brings it to. */
  readonly taken: string;
  readonly plans?: readonly ClusterUpdatePlan[];
  readonly hasCeph?: boolean;
}

function aWorld({ ways, wanted, taken, plans = [], hasCeph = false }: Given): OfferWorld {
  const supported = [from, to].map(({ metadata, spec }) => ({ name: metadata.name, version: spec.version }));
  const availableUpgrades = ways.map((version) => ({ version, rebootRequired: false }));
  return {
    cluster: {
      metadata: { name: 'cloud', namespace: 'demo' },
      spec: { providerSpec: { value: { release: wanted } } },
      status: {
        providerStatus: {
          releaseRefs: { current: { name: 'mosk-a' } },
          ...(hasCeph ? { ceph: { message: 'on wk-1' } } : {}),
        },
      },
    } as Cluster,
    lcmCluster: { metadata: { name: 'cloud' }, spec: { release: taken, nodesRebootRequired: true } } as LCMCluster,
    active: {
      metadata: { name: 'kaas-a' },
      spec: { supportedClusterReleases: supported.map((one) => ({ ...one, availableUpgrades })) },
    } as KaaSRelease,
    releases: [from, to],
    plans,
    groups,
    machines: [],
    past: new Map(),
    hasSchedule: false,
  };
}

const done = (given: Given): readonly string[] => planOffer(aWorld(given)).steps.map(({ type }) => type);
const [onA, onB] = ['21.1.0+26.1', '21.2.0+26.2'];

describe('the plan of an update', () => {
  it('is offered where the graph leads', () => {
    expect(done({ ways: [onB], wanted: 'mosk-a', taken: onA })).toEqual(['offer']);
    expect(done({ ways: [], wanted: 'mosk-a', taken: onA })).toEqual([]);
  });

  it('names the release notes, also where it was offered before they were there', () => {
    const world = aWorld({ ways: [onB], wanted: 'mosk-a', taken: onA });
    const url = 'https://docs.example.org/mosk-b';
    const noted = { ...to, metadata: { ...to.metadata, annotations: { 'keelson.dev/release-notes': url } } };
    const [offer] = planOffer({ ...world, releases: [from, noted] }).steps;
    expect(offer).toMatchObject({ type: 'offer', spec: { releaseNotes: url } });
    const known = { ...offered, spec: (offer as { spec: ClusterUpdatePlan['spec'] }).spec } as ClusterUpdatePlan;
    expect(planOffer({ ...world, releases: [from, noted], plans: [known] }).steps).toEqual([]);
    const older = { ...known, spec: { ...known.spec, releaseNotes: 'https://docs.example.org/old' } };
    expect(planOffer({ ...world, releases: [from, noted], plans: [older] }).steps).toMatchObject([
      { type: 'refresh', releaseNotes: url },
    ]);
  });

  it('is offered and stays where the cluster is on its way, by hand, though the graph leads there no more', () => {
    const begun = { ways: [], wanted: 'mosk-b', taken: onB };
    const [offer] = planOffer(aWorld(begun)).steps;
    expect(offer).toMatchObject({ type: 'offer', name: 'cloud-21.2.0', spec: { source: 'mosk-a', target: 'mosk-b' } });
    expect(done({ ...begun, plans: [offered] })).toEqual(['refresh']);
  });

  it('is not offered for a release that the spec names and lifecycle-svc has not taken on', () => {
    const refused = { ways: [], wanted: 'mosk-b', taken: onA };
    expect(done(refused)).toEqual([]);
    expect(done({ ...refused, plans: [offered] })).toEqual(['withdraw']);
  });
});

describe('the step ceph', () => {
  const given = { ways: [onB], wanted: 'mosk-a', taken: onA };
  const stepsOf = (of: Given): readonly string[] =>
    planOffer(aWorld(of)).steps.flatMap((step) =>
      step.type === 'offer'
        ? step.spec.steps.map(({ id }) => id)
        : step.type === 'refresh'
          ? step.steps.map(({ id }) => id)
          : [],
    );
  /** The plan as it was offered to a cluster with a Ceph or without, with the states of its steps. */
  const planned = (hasCeph: boolean, states: Readonly<Record<string, 'Scheduled' | 'InProgress' | 'Completed'>>) => {
    const [offer] = planOffer(aWorld({ ...given, hasCeph })).steps;
    if (offer?.type !== 'offer') throw new Error('no plan is offered');
    const at = '2026-11-27T12:00:00Z';
    const steps = Object.entries(states).map(([id, status]) => ({
      id,
      status,
      ...(status === 'Scheduled' ? {} : { startedAt: at }),
    }));
    const commenced = offer.spec.steps.map((step) => ({ ...step, commence: step.id in states }));
    return {
      ...offered,
      spec: { ...offer.spec, steps: commenced },
      status: { status: 'InProgress', startedAt: at, steps },
    } as ClusterUpdatePlan;
  };
  const whole = ['openstack', 'ceph', 'k8s-controllers', 'k8s-workers-cloud-default', 'mcc-components'];
  const without = whole.filter((id) => id !== 'ceph');

  it('is there where the cluster has a Ceph, and nowhere else', () => {
    expect([stepsOf({ ...given, hasCeph: true }), stepsOf(given)]).toEqual([whole, without]);
  });

  it('goes with a Ceph that is gone, unless somebody is at it', () => {
    const done = { openstack: 'Completed' } as const;
    expect(stepsOf({ ...given, plans: [planned(true, { ...done, ceph: 'Scheduled' })] })).toEqual(without);
    const atIt = { ...given, plans: [planned(true, { ...done, ceph: 'InProgress' })] };
    expect(planOffer(aWorld(atIt))).toEqual({ steps: [], outcome: { type: 'settled' } });
  });

  it('does not come in the middle of an update that began without it', () => {
    const plans = [planned(false, { openstack: 'Completed', 'k8s-controllers': 'InProgress' })];
    expect(stepsOf({ ...given, hasCeph: true, plans })).toEqual([]);
  });
});
