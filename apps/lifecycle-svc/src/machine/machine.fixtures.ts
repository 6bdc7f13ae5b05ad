import type {
  BareMetalHost,
  Cluster,
  ClusterRelease,
  IpamHost,
  LCMCluster,
  LCMMachine,
  Machine,
  MachineProviderSpec,
  StateItem,
} from '@keelson/api';
import { itemHash } from '@keelson/agent';
import { type ChildView, type ProtocolView, unseen } from '../child/child-clusters.js';
import type { MachineWorld } from './machine.observe.js';

/** Builders for specs: objects as the API would show them, and worlds made of them. */

const namespace = 'demo';
export const now = Date.UTC(2026, 0, 1, 12);
const clusterLabel = { 'cluster.sigs.k8s.io/cluster-name': 'first' };

export function aMachine(
  name = 'wk-1',
  value: Partial<MachineProviderSpec> = {},
  more: { metadata?: Partial<Machine['metadata']>; status?: NonNullable<Machine['status']> } = {},
): Machine {
  const control: Record<string, string> = name.startsWith('cp') ? { 'cluster.sigs.k8s.io/control-plane': 'true' } : {};
  const defaults: Partial<MachineProviderSpec> = {
    hostSelector: { matchLabels: { rack: 'a' } },
    deletionPolicy: 'graceful',
    day1Provisioning: 'auto',
    day1Deployment: 'auto',
  };
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Machine',
    ...more,
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { ...clusterLabel, ...control },
      finalizers: ['machine.cluster.sigs.k8s.io'],
      ...more.metadata,
    },
    // A spec as the server completes it: what is not given has its default.
    spec: { providerSpec: { value: { ...defaults, ...value } as MachineProviderSpec } },
  };
}

export function aHost(
  name = 'srv-1',
  more: { state?: string; consumer?: string; image?: boolean; error?: string; poweredOn?: boolean } = {},
): BareMetalHost {
  const { state = 'available', consumer, image = false, error = '', poweredOn = state === 'provisioned' } = more;
  const host: unknown = {
    apiVersion: 'metal3.io/v1alpha1',
    kind: 'BareMetalHost',
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      resourceVersion: '7',
      labels: { rack: 'a', 'kaas.mirantis.com/baremetalhost-id': name },
    },
    spec: {
      online: true,
      ...(consumer === undefined
        ? {}
        : { consumerRef: { kind: 'Machine', namespace, name: consumer, uid: `uid-${consumer}` } }),
      ...(image
        ? { image: { url: 'https://artifacts.test/image.raw' }, userData: { name: 'x' }, metaData: { name: 'x' } }
        : {}),
    },
    status: {
      errorMessage: error,
      operationalStatus: error === '' ? 'OK' : 'error',
      poweredOn,
      provisioning: { ID: name, state },
    },
  };
  return host as BareMetalHost;
}

export const anItem = (name: string, phase: StateItem['phase'], params?: Record<string, string>): StateItem => ({
  name,
  runner: 'bash',
  version: '1',
  ...(phase === undefined ? {} : { phase }),
  ...(params === undefined ? {} : { params }),
});

/** An LCMMachine whose agent has reported; `done` names the items that have run with success, `failed` those that have not. */
export function anLcmMachine(
  name = 'wk-1',
  items: readonly StateItem[] = [],
  more: {
    done?: readonly string[];
    failed?: readonly string[];
    heard?: boolean;
    spec?: Partial<LCMMachine['spec']>;
    status?: Partial<LCMMachine['status']>;
  } = {},
): LCMMachine {
  const { done = [], failed = [], heard = true } = more;
  const ran = items.filter((item) => done.includes(item.name) || failed.includes(item.name));
  return {
    apiVersion: 'lcm.mirantis.com/v1alpha1',
    kind: 'LCMMachine',
    metadata: { name, namespace, uid: `lcm-${name}`, creationTimestamp: '2026-01-01T00:00:00Z', labels: clusterLabel },
    spec: {
      clusterName: 'first',
      type: name.startsWith('cp') ? 'control' : 'worker',
      stateItems: [...items],
      ...(items.length === 0 ? {} : { release: '1.0.0+26.1' }),
      ...more.spec,
    },
    status: {
      ...(heard ? { addresses: [{ type: 'InternalIP', address: '127.20.0.21' }] } : {}),
      stateItemStatuses: Object.fromEntries(
        ran.map((item) => [
          item.name,
          {
            hash: itemHash(item),
            exitCode: failed.includes(item.name) ? 2 : 0,
            attempt: 1,
            message: 'what the runner said',
          },
        ]),
      ),
      ...more.status,
    },
  };
}

export function aRelease(): ClusterRelease {
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'ClusterRelease',
    metadata: { name: 'mosk-1' },
    spec: {
      version: '1.0.0+26.1',
      lcmType: 'ucp',
      allowedNodeLabels: [{ key: 'openstack-compute-node', value: 'enabled' }],
      allowedDistributions: [
        {
          id: 'ubuntu/jammy',
          version: '22.04',
          image: { url: 'https://artifacts.test/jammy.raw', checksum: 'sha256:aa' },
        },
        {
          id: 'ubuntu/noble',
          version: '24.04',
          default: true,
          image: { url: 'https://artifacts.test/noble.raw', checksum: 'sha256:bb' },
        },
      ],
    },
  };
}

export function aCluster(): Cluster {
  const cluster: unknown = {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'first', namespace, uid: 'uid-first', finalizers: ['cluster.cluster.k8s.io'] },
    spec: {
      clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
      providerSpec: { value: { release: 'mosk-1', dedicatedControlPlane: true } },
    },
    status: { providerStatus: { releaseRefs: { current: { name: 'mosk-1' } } } },
  };
  return cluster as Cluster;
}

export function anLcmCluster(
  more: { annotations?: Record<string, string>; spec?: Partial<LCMCluster['spec']> } = {},
): LCMCluster {
  const lcmCluster: unknown = {
    apiVersion: 'lcm.mirantis.com/v1alpha1',
    kind: 'LCMCluster',
    metadata: { name: 'first', namespace, resourceVersion: '3', annotations: more.annotations ?? {} },
    spec: { externalEndpoint: { host: '127.20.1.2', port: 6443 }, release: '1.0.0+26.1', ...more.spec },
  };
  return lcmCluster as LCMCluster;
}

export function anIpamHost(state = 'OK: now x'): IpamHost {
  const host: unknown = {
    apiVersion: 'ipam.mirantis.com/v1alpha1',
    kind: 'IpamHost',
    metadata: { name: 'wk-1', namespace },
    spec: {},
    status: {
      netconfigV2state: state,
      netconfigFilesState: state,
      serviceMap: { 'k8s-lcm': [{ ifName: 'eno1', ipAddress: '127.20.0.21' }] },
    },
  };
  return host as IpamHost;
}

/** A protocol without locks and requests; say what is there. */
export function aProtocol(more: Partial<ProtocolView> = {}): ProtocolView {
  return {
    nodeLocks: () => [],
    clusterLocks: () => [],
    nodeRequest: () => undefined,
    nodeRequests: () => [],
    clusterRequest: () => undefined,
    isLeaving: () => false,
    isDisabled: () => false,
    ...more,
  };
}

export const answering: ChildView = { contact: { answers: true }, nodes: new Map(), protocol: aProtocol() };

/** A world in which the machine has its host, its network and an LCMMachine; say what is different. */
export function aMachineWorld(more: Partial<MachineWorld> = {}): MachineWorld {
  const machine = more.machine ?? aMachine();
  return {
    now,
    machine,
    part: machine.metadata.name.startsWith('cp') ? 'control' : 'worker',
    clusterName: 'first',
    cluster: aCluster(),
    release: aRelease(),
    lcmCluster: anLcmCluster(),
    host: undefined,
    annotated: undefined,
    matching: [],
    hostLabels: [],
    ipamHost: anIpamHost(),
    lcmMachine: undefined,
    cloudInit: undefined,
    publicKeys: [],
    missingKeys: [],
    control: [],
    child: unseen,
    node: undefined,
    ...more,
  };
}
