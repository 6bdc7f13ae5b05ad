import { describe, expect, it } from '@jest/globals';
import type {
  Cluster,
  ClusterDeploymentStatus,
  ClusterWorkloadLock,
  IPaddr,
  Machine,
  Node,
  Secret,
  Subnet,
} from '@keelson/api';
import { createAuthority } from '@keelson/std';
import { type ChildView, unseen } from '../child/child-clusters.js';
import { aCluster, aMachine, aProtocol, aRelease, anLcmCluster, answering, now } from '../machine/machine.fixtures.js';
import { bundleSpec } from './cluster.helm.js';
import { lcmClusterSpec } from './cluster.lcm.js';
import type { ClusterWorld } from './cluster.observe.js';
import { issuedFor, leafAnnotations } from './cluster.pki.js';
import { planCluster } from './cluster.plan.js';
import { clusterStatus } from './cluster.status.js';

const authority = createAuthority({ commonName: 'ca', notBefore: now, days: 3650 });
const host = '127.20.1.2';
const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const secret = (annotations: Record<string, string>, data: Record<string, string>): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'x', annotations },
  data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encoded(text)])),
});
const leaf = (purpose: string[], data: Record<string, string>, at = now): Secret =>
  secret(leafAnnotations(issuedFor(authority, purpose), at), data);

const subnet: Subnet = {
  apiVersion: 'ipam.mirantis.com/v1alpha1',
  kind: 'Subnet',
  metadata: { name: 'api' },
  spec: { cidr: '127.20.1.0/28', useWholeCidr: false },
};
const address = (phase?: 'Active' | 'Failed'): IPaddr => ({
  apiVersion: 'ipam.mirantis.com/v1alpha1',
  kind: 'IPaddr',
  metadata: { name: 'first-api' },
  spec: { subnetRef: 'api' },
  status:
    phase === undefined
      ? {}
      : { phase, ...(phase === 'Active' ? { address: host } : { reason: 'the subnet api is exhausted' }) },
});

const secrets = {
  authority: secret({}, { 'tls.crt': authority.certPem, 'tls.key': authority.keyPem }),
  control: leaf(['server', host], { 'ca.crt': 'a', 'tls.crt': 'b', 'tls.key': 'c' }),
  worker: leaf(['trust'], { 'ca.crt': 'a' }),
  kubeconfig: leaf(['administrator', host], { value: 'x' }),
};
const readyMachine = (name: string, ready = true): Machine =>
  aMachine(name, {}, { status: { providerStatus: { ready } } });

const aBundle = { apiVersion: 'lcm.mirantis.com/v1alpha1', kind: 'HelmBundle', metadata: { name: 'first' } };

const made: ClusterDeploymentStatus = {
  apiVersion: 'kaas.mirantis.com/v1alpha1',
  kind: 'ClusterDeploymentStatus',
  metadata: { name: 'first' },
  release: aRelease().spec.version,
  stages: [{ name: 'Cluster is ready', status: 'Success', success: true }],
};

/** A cluster that has all it needs; say what is different. */
function aWorld(more: Partial<ClusterWorld> = {}): ClusterWorld {
  const cluster = more.cluster ?? aCluster();
  return {
    now,
    cluster,
    releaseName: 'mosk-1',
    release: aRelease(),
    current: undefined,
    source: undefined,
    upgrades: [],
    unsupportedSince: undefined,
    accesses: [],
    knownReleases: ['mosk-1'],
    addressSubnets: [subnet],
    address: address('Active'),
    secrets,
    lcmCluster: anLcmCluster({
      spec: lcmClusterSpec(cluster, aRelease(), host, { maintenance: false, reboot: false }),
    }),
    bundle: { ...aBundle, spec: bundleSpec(cluster, aRelease()) },
    deploymentStatus: made,
    services: [],
    installsCharts: false,
    machines: [readyMachine('cp-1')],
    lcmMachines: [],
    child: answering,
    upgrade: undefined,
    plans: [],
    ...more,
  };
}
const none = { authority: undefined, control: undefined, worker: undefined, kubeconfig: undefined };
const stepsOf = (world: ClusterWorld) => planCluster(world).steps.map((step) => step.type);
const statusOf = (world: ClusterWorld) => {
  const plan = planCluster(world);
  return clusterStatus(world, { plan, done: [], outcome: plan.outcome, attempt: 0, now });
};
const withStatus = (status: Cluster['status'], metadata: object = {}): Cluster => ({
  ...aCluster(),
  metadata: { ...aCluster().metadata, ...metadata },
  ...(status === undefined ? {} : { status }),
});

describe('the plan of a cluster', () => {
  it('asks for the address of its API, makes an authority, then all that it signs, then the LCMCluster and its charts', () => {
    expect(stepsOf(aWorld({ address: undefined }))).toEqual(['ask-for-address']);
    expect(stepsOf(aWorld({ secrets: none }))).toEqual(['make-authority']);
    expect(stepsOf(aWorld({ secrets: { ...none, authority: secrets.authority }, lcmCluster: undefined }))).toEqual([
      'issue-deployment',
      'share-authority',
      'issue-kubeconfig',
      'apply-lcmcluster',
    ]);
    expect(planCluster(aWorld())).toMatchObject({ steps: [], outcome: { type: 'settled' } });
  });

  it('renews what is near its end and issues anew what was for another address', () => {
    const old = now - 310 * 86_400_000;
    expect(
      stepsOf(
        aWorld({
          secrets: {
            ...secrets,
            control: leaf(['server', host], { 'ca.crt': 'a', 'tls.crt': 'b', 'tls.key': 'c' }, old),
          },
        }),
      ),
    ).toEqual(['issue-deployment']);
    expect(
      stepsOf(aWorld({ secrets: { ...secrets, kubeconfig: leaf(['administrator', '127.20.1.3'], { value: 'x' }) } })),
    ).toEqual(['issue-kubeconfig']);
  });

  it.each<[string, Partial<ClusterWorld>, string, RegExp]>([
    [
      'an unknown release',
      { release: undefined, releaseName: 'mosk-9' },
      'UnknownRelease',
      /no ClusterRelease mosk-9; there are mosk-1/,
    ],
    [
      'no release',
      { release: undefined, releaseName: undefined },
      'ReleaseMissing',
      /name one of the ClusterReleases mosk-1/,
    ],
    ['no subnet for its address', { address: undefined, addressSubnets: [] }, 'NoAddress', /ipam\/SVC-LBhost/],
    [
      'a lost authority',
      { cluster: withStatus({ providerStatus: { apiServerCertificate: 'x' } }), secrets: none },
      'AuthorityLost',
      /restore the Secret from a backup/,
    ],
  ])('%s blocks it and says what helps', (_name, more, reason, message) => {
    expect(planCluster(aWorld(more))).toMatchObject({
      steps: [],
      outcome: { type: 'blocked', reason, message: expect.stringMatching(message) },
    });
    expect(statusOf(aWorld(more))).toMatchObject({
      errorReason: reason,
      providerStatus: { ready: false, phase: 'Blocked' },
    });
  });

  it('waits for an address that is refused, with the reason', () => {
    expect(planCluster(aWorld({ address: address('Failed') })).outcome).toMatchObject({
      type: 'waiting',
      reason: 'AddressRefused',
      message: expect.stringContaining('exhausted'),
    });
  });

  it('on its way out waits for its machines by name, then removes everything and goes', () => {
    const cluster = withStatus(undefined, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(planCluster(aWorld({ cluster }))).toMatchObject({
      steps: [],
      outcome: { reason: 'MachinesLeft', message: 'its machines must go first: cp-1; delete cp-1' },
    });
    expect(stepsOf(aWorld({ cluster, machines: [] }))).toEqual([
      'disconnect',
      'remove',
      'remove',
      'remove',
      'remove',
      'remove',
      'remove',
      'remove',
      'remove',
      'release',
    ]);
  });
});

describe('the charts of a cluster', () => {
  const chart = (name: string, more: object = {}) => ({ name, namespace: name, chart: `charts/${name}`, ...more });
  const release = aRelease();
  release.spec.helm = {
    repositories: [{ name: 'charts', url: 'https://charts.test' }],
    releases: [
      chart('metallb', { required: true, values: { a: { b: 1, c: 2 }, list: [1] } }),
      chart('stacklight', { requires: ['metallb', 'volumes'], requiresPersistentVolumes: true }),
      chart('volumes'),
    ],
  };
  const cluster = aCluster();
  Object.assign(cluster.spec.providerSpec.value ?? {}, {
    helmReleases: [
      { name: 'metallb', values: { a: { b: 3 }, list: [] } },
      { name: 'volumes', enabled: false },
      { name: 'ceph-controller' },
    ],
  });

  it('are those of its release with what the Cluster says laid over', () => {
    expect(bundleSpec(cluster, release)).toEqual({
      repositories: [{ name: 'charts', url: 'https://charts.test' }],
      releases: [
        chart('metallb', { values: { a: { b: 3, c: 2 }, list: [] } }),
        chart('stacklight', { requires: ['metallb'] }),
      ],
      release: release.spec.version,
    });
    expect(stepsOf(aWorld({ cluster, release, bundle: undefined }))).toEqual(['apply-helmbundle']);
  });

  it('count for ready where they can be installed and the release requires them', () => {
    const bundle = (ready: boolean) => ({
      ...aBundle,
      spec: bundleSpec(cluster, release),
      status: { releaseStatuses: { metallb: { ready, status: 'deployed', message: 'pods are missing' } } },
    });
    const told = (ready: boolean, installsCharts = true) => {
      const { helm, conditions } =
        statusOf(aWorld({ cluster, release, installsCharts, bundle: bundle(ready) }))?.providerStatus ?? {};
      return { helm, condition: conditions?.find(({ type }) => type === 'Helm') };
    };
    expect(told(true)).toEqual({
      helm: {
        ready: false,
        releases: { metallb: { ready: true, status: 'deployed' }, stacklight: { ready: false } },
      },
      condition: {
        type: 'Helm',
        ready: true,
        message:
          '1 of 2 charts are ready; not ready: stacklight; helmReleases names ceph-controller, which the release does not have',
      },
    });
    expect(told(false).condition).toMatchObject({
      ready: false,
      message: expect.stringContaining('metallb is required: pods are missing'),
    });
    expect(told(false, false).condition).toBeUndefined();
  });
});

describe('the stages of the making of a cluster', () => {
  const stagesOf = (world: ClusterWorld) =>
    planCluster(world).steps.flatMap((step) =>
      step.type === 'tell-stages' ? step.stages.stages.map(({ name, status }) => `${name}: ${status}`) : [],
    );

  it('are told in the order of the reference, until all are over', () => {
    expect(stagesOf(aWorld({ deploymentStatus: undefined, machines: [readyMachine('cp-1', false)] }))).toEqual([
      'Network prepared: Success',
      'Load balancers created: Success',
      'Kubernetes API started: Success',
      'Helm-controller deployed: InProgress',
      'HelmBundle created: Success',
      'Certificates configured: Success',
      'All machines of the cluster are ready: NotStarted',
      'Cluster is ready: NotStarted',
      'Provider instance ready: Success',
    ]);
    expect(stagesOf(aWorld())).toEqual([]);
  });
});

describe('the status of a cluster', () => {
  it('is ready only when its API answers and all machines are ready', () => {
    expect(statusOf(aWorld())).toMatchObject({
      providerStatus: { ready: true, phase: 'Ready', nodes: { requested: 1, ready: 1 }, loadBalancerHost: host },
    });
    expect(statusOf(aWorld({ child: unseen }))).toMatchObject({ providerStatus: { ready: false, phase: 'Deploying' } });
    expect(statusOf(aWorld({ machines: [readyMachine('cp-1'), readyMachine('wk-1', false)] }))).toMatchObject({
      providerStatus: { ready: false, nodes: { requested: 2, ready: 1 } },
    });
    expect(statusOf(aWorld({ machines: [] }))).toMatchObject({ providerStatus: { ready: false } });
  });

  it('tells of Ceph by roles of nodes and the lock of its controller, and what it was while the API is silent', () => {
    const node = (labels: Record<string, string>) => ({ metadata: { name: 'node-1', labels } }) as unknown as Node;
    const lock = (controllerName: string, state: 'active' | 'failed' = 'active') =>
      ({
        metadata: { name: `${controllerName}-lock` },
        spec: { controllerName },
        status: { state },
      }) as ClusterWorkloadLock;
    const cephIn = (child: ChildView, before?: { message: string }) =>
      statusOf(aWorld({ child, cluster: withStatus({ providerStatus: before === undefined ? {} : { ceph: before } }) }))
        ?.providerStatus?.ceph;
    const seen = (labels: Record<string, string>, ...locks: ClusterWorkloadLock[]): ChildView => ({
      ...answering,
      nodes: new Map([['node-1', node(labels)]]),
      protocol: aProtocol({ clusterLocks: () => locks }),
    });
    expect(cephIn(seen({ ceph_role_osd: 'true' }))).toEqual({ message: 'it is on node-1' });
    expect(cephIn(seen({}, lock('ceph')))).toEqual({ message: 'its controller holds ceph-lock' });
    expect(cephIn(seen({}, lock('ceph', 'failed')))).toMatchObject({ ready: false });
    expect(cephIn(seen({}, lock('openstack')), { message: 'before' })).toBeUndefined();
    expect(cephIn(unseen, { message: 'before' })).toEqual({ message: 'before' });
    expect(cephIn({ ...seen({}), protocol: undefined }, { message: 'before' })).toEqual({ message: 'before' });
  });

  it('is Degraded, not Deploying, once it has been ready', () => {
    const cluster = withStatus({ providerStatus: { wasReady: true, releaseRefs: { current: { name: 'mosk-1' } } } });
    expect(statusOf(aWorld({ cluster, child: unseen }))).toMatchObject({
      providerStatus: { phase: 'Degraded', wasReady: true },
    });
  });

  it('leaves disabled workers out of the count', () => {
    expect(statusOf(aWorld({ machines: [readyMachine('cp-1'), aMachine('wk-1', { disable: true })] }))).toMatchObject({
      providerStatus: { ready: true, nodes: { requested: 1, ready: 1, disabled: 1 } },
    });
  });

  it('is on what it was on while the release of its update, or the one it leaves, is gone', () => {
    const refs = { current: { name: 'mosk-0', version: '0.9.0+26.0' } };
    const cluster = withStatus({ providerStatus: { releaseRefs: refs } });
    expect(
      [{ release: undefined }, { current: undefined }].map(
        (gone) => statusOf(aWorld({ cluster, ...gone }))?.providerStatus?.releaseRefs?.current,
      ),
    ).toEqual([refs.current, refs.current]);
  });

  it('says since which management release what it is on is unsupported', () => {
    const cluster = withStatus({ providerStatus: { releaseRefs: { current: { name: 'mosk-1' } } } });
    const since = (unsupportedSince: string | undefined) =>
      statusOf(aWorld({ cluster, unsupportedSince }))?.providerStatus?.releaseRefs?.current;
    expect(since('2.35.0')).toMatchObject({ name: 'mosk-1', unsupportedSinceKaaSVersion: '2.35.0' });
    expect(since(undefined)).not.toHaveProperty('unsupportedSinceKaaSVersion');
  });

  it('offers no other release while it has machines', () => {
    expect([
      statusOf(aWorld())?.providerStatus?.releaseRefs?.available,
      statusOf(aWorld({ machines: [] }))?.providerStatus?.releaseRefs?.available,
    ]).toEqual([[], undefined]);
  });
});
