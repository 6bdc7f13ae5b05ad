import {
  type ClusterRelease,
  type KubeObject,
  type Node,
  NodeKind,
  type ObjectKey,
  OpenStackDeploymentStatusKind,
  StorageClassKind,
  type TFOperator,
  TFOperatorKind,
} from '@keelson/api';
import type { Manager } from '@keelson/reconcile';
import { transient } from '@keelson/std';
import { type HermeticCluster, hermeticCluster, type HermeticOptions } from '@keelson/testing';
import { SimulatedWorkloads } from '../../../openstack-svc/test/scenarios/simulated-workloads.js';
import { mosk } from '../../src/mosk.js';

/** A MOSK cluster in this process under virtual time, with sdn-svc at work; workloads are simulated. */
export interface SdnWorld {
  readonly cluster: HermeticCluster;
  readonly workloads: SimulatedWorkloads;
  readonly manager: Manager;
  /** What the management cluster knows, by version. */
  readonly releases: Map<string, ClusterRelease>;
  /** Whether the management cluster does not answer. */
  isManagementAway: boolean;
  operator(): Promise<TFOperator | undefined>;
  close(): Promise<void>;
}

export const operatorKey: ObjectKey = { namespace: 'tf', name: 'openstack-tf' };

export async function anSdnWorld(options: HermeticOptions = {}): Promise<SdnWorld> {
  const cluster = await hermeticCluster({ ...options, profile: 'child' });
  const ending = new AbortController();
  const workloads = new SimulatedWorkloads(cluster.api, cluster.clock);
  void workloads.run(ending.signal);
  for (const name of ['openstack', 'openstack-tf-shared', 'tf']) await cluster.apply(namespace(name));
  await cluster.apply(aStorageClass('tungstenfabric-operator-bind-mounts'), aStorageClass('dumps'));
  const releases = new Map<string, ClusterRelease>();
  const findRelease = async (version: string): Promise<ClusterRelease | undefined> => {
    if (world.isManagementAway) throw transient('the management API does not answer', { reason: 'Timeout' });
    return releases.get(version);
  };
  const reconcilers = mosk({ release: () => '21.1.0+26.1', findRelease, networkApiOf: noNetworkApi });
  const manager = await cluster.run('sdn-svc', reconcilers);
  const world: SdnWorld = {
    cluster,
    workloads,
    manager,
    releases,
    isManagementAway: false,
    operator: () => cluster.find(TFOperatorKind, operatorKey),
    close: async () => {
      ending.abort(new Error('over'));
      await cluster.close();
    },
  };
  return world;
}

const noNetworkApi = (): never => {
  throw new Error('no cloud is asked here');
};

/** Three nodes of the control plane with all its labels, and computes with vRouters, all Ready. */
export async function withNodes({ cluster }: SdnWorld, computes = 2): Promise<void> {
  const control = { tfconfig: 'enabled', tfcontrol: 'enabled', tfwebui: 'enabled', tfconfigdb: 'enabled' };
  for (const n of [1, 2, 3]) await addNode(cluster, `control-${n}`, control);
  for (let n = 1; n <= computes; n += 1) await addNode(cluster, `compute-${n}`, { tfvrouter: 'enabled' });
}

async function addNode(cluster: HermeticCluster, name: string, labels: Record<string, string>): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', kind: NodeKind.kind, metadata: { name, labels } });
  await cluster.report<Node>(NodeKind, { name }, { conditions: [{ type: 'Ready', status: 'True' }] });
}

export function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export function aStorageClass(name: string): KubeObject & { readonly provisioner: string } {
  const { group, version, kind } = StorageClassKind;
  return { apiVersion: `${group}/${version}`, kind, metadata: { name }, provisioner: 'keelson.dev/simulated' };
}

/** The cloud on top, as openstack-svc tells of it. */
export async function cloudIs({ cluster }: SdnWorld, release: string, state: 'APPLIED' | 'APPLYING'): Promise<void> {
  const key = { namespace: 'openstack', name: 'osh' };
  const kind = OpenStackDeploymentStatusKind;
  if ((await cluster.find(kind, key)) === undefined)
    await cluster.apply({ apiVersion: 'lcm.mirantis.com/v1alpha1', kind: kind.kind, metadata: key });
  await cluster.report(kind, key, { osdpl: { release, state } });
}

/** A release that brings images of its own: all of OpenSDN's have the tag. */
export function bringing(version: string, tag: unknown): ClusterRelease {
  const images = { tags: { cassandra: tag }, opensdn: { '24.1': { tag } } };
  const operator = { name: 'tungstenfabric-operator', namespace: 'tf', values: { images } };
  return {
    apiVersion: 'kaas.mirantis.com/v1alpha1',
    kind: 'ClusterRelease',
    metadata: { name: `mosk-${version}` },
    spec: { version, helm: { releases: [operator] } },
  };
}

/** What OpenStack hands over. */
export function tfData(over: Readonly<Record<string, string>> = {}): KubeObject & { readonly data: object } {
  const text = {
    auth_url: 'http://keystone-api:5000/v3',
    username: 'admin',
    password: 'S3cret',
    tunnel_interface: 'tun',
    ...over,
  };
  const data = Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const metadata = {
    name: 'tf-data',
    namespace: 'openstack-tf-shared',
    labels: { 'keelson.dev/sdn-exchange': 'from-openstack' },
  };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: Object.fromEntries(data) };
}

export function aTfOperator(spec: object = {}): KubeObject & { readonly spec: object } {
  return { apiVersion: 'tf.mirantis.com/v2', kind: 'TFOperator', metadata: { ...operatorKey }, spec };
}
