import {
  apiVersionOf,
  clusterSideKinds,
  crdsOf,
  type KubeObject,
  type ObjectKey,
  OpenStackDeploymentKind,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  openstackKinds,
} from '@keelson/api';
import { memoryBus } from '@keelson/bus';
import type { KubeApi } from '@keelson/kube';
import { BareCluster } from '@keelson/lab';
import { cloudPortsOver, cloudRenderer, mosk, podsOfOver, podsOver } from '@keelson/openstack-svc';
import { createManager, type Manager } from '@keelson/reconcile';
import { seededRandom, silentLog, VirtualClock } from '@keelson/std';
import { memoryRecords } from '@keelson/store';
import { type ApiCall, engineKubeApi, faultyApi } from '@keelson/testing';

export interface BenchCloudOptions {
  readonly computes: number;
  readonly serversPerCompute: number;
  /** Availability zones that the computes are spread over. */
  readonly zones: number;
}

/** Three nodes that carry the control plane and the gateways. */
const control = {
  'openstack-control-plane': 'enabled',
  'openstack-gateway': 'enabled',
  openvswitch: 'enabled',
} as const;
const namespaces = [
  'openstack',
  'openstack-external',
  'openstack-ceph-shared',
  'openstack-tf-shared',
  'openstack-lma-shared',
  'openstack-redis',
  'osh-system',
] as const;
const cloudKey: ObjectKey = { namespace: 'openstack', name: 'osh' };

/** The real openstack-svc on a simulated cluster with a simulated OpenStack in it, all in this process under virtual time. */
export class BenchCloud {
  readonly clock: VirtualClock;
  readonly cluster: BareCluster;
  /** Calls of the service. */
  readonly calls: ApiCall[] = [];
  readonly kube: KubeApi;
  #manager: Manager | undefined;

  private constructor(clock: VirtualClock, cluster: BareCluster, kube: KubeApi) {
    this.clock = clock;
    this.cluster = cluster;
    this.kube = kube;
  }

  static async open({ computes, serversPerCompute, zones }: BenchCloudOptions): Promise<BenchCloud> {
    const clock = new VirtualClock();
    const cluster = new BareCluster({ clock, log: silentLog, seed: 'bench', serversPerCompute });
    const cloud = new BenchCloud(clock, cluster, engineKubeApi(await cluster.engine()));
    for (const name of namespaces) await cloud.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await cloud.apply(...crdsOf([...openstackKinds, ...clusterSideKinds]));
    for (let n = 1; n <= 3; n += 1) await cluster.addNode(`control-${n}`, control);
    for (let n = 0; n < computes; n += 1)
      await cluster.addNode(computeName(n), {
        'openstack-compute-node': 'enabled',
        openvswitch: 'enabled',
        'topology.kubernetes.io/zone': `az-${n % zones}`,
      });
    return cloud;
  }
  /** The process of the service begins. */
  async start(): Promise<void> {
    const { clock, cluster } = this;
    const random = seededRandom('bench/service');
    this.#manager = createManager({
      service: 'openstack-svc',
      reconcilers: mosk({
        ...cloudPortsOver(cluster.http),
        renderer: cloudRenderer,
        release: () => '21.1.0+26.1',
        findRelease: () => Promise.resolve(undefined),
        host: 'bench',
        noteFigures: () => undefined,
        podsOn: podsOver(this.kube),
        powerOf: () => Promise.resolve({ power: 'Unknown', staysOff: false, message: 'nobody is asked here' }),
        podsOf: podsOfOver(this.kube),
      }),
      api: faultyApi(this.kube, () => undefined, this.calls, new AbortController()),
      bus: memoryBus({ clock, random }),
      records: memoryRecords({ random }),
      clock,
      random,
      log: silentLog,
    });
    await this.#manager.start();
  }

  async apply(...objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) await this.kube.apply(object, { fieldManager: 'operator', force: true });
  }

  /** What OpenSDN tells OpenStack when it is there: no sdn-svc runs here. */
  async handOverSdn(): Promise<void> {
    const text = { tf_api_service: 'tf-config-api.tf.svc', tf_api_port: '8082', tf_version: '24.1', tf_operator: 'tf' };
    const secret: KubeObject & { stringData: object } = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'ost-data', namespace: 'openstack-tf-shared' },
      stringData: text,
    };
    await this.apply(secret);
  }

  /** What an operator writes, with what is to differ in its features. */
  async applyCloud(preset: string, features: object = {}): Promise<void> {
    const whole: KubeObject & { spec: object } = {
      apiVersion: apiVersionOf(OpenStackDeploymentKind),
      kind: OpenStackDeploymentKind.kind,
      metadata: cloudKey,
      spec: {
        openstack_version: 'epoxy',
        preset,
        size: 'tiny',
        public_domain_name: 'cloud.example.org',
        features: {
          neutron: {
            tunnel_interface: 'tenant',
            ...(preset === 'compute-tf' ? { backend: 'tungstenfabric' } : {}),
          },
          nova: { live_migration_interface: 'lm' },
          ...features,
        },
      },
    };
    await this.apply(whole);
  }

  async status(): Promise<OpenStackDeploymentStatus['status']> {
    return (await this.kube.get(OpenStackDeploymentStatusKind, cloudKey))?.status;
  }

  /** Lets time pass until something holds. @returns seconds of virtual time */
  async until(what: string, holds: () => boolean | Promise<boolean>, limitSeconds = 7200): Promise<number> {
    const begun = this.clock.now();
    while (!(await holds())) {
      if (this.clock.now() - begun > limitSeconds * 1000)
        throw new Error(`not within ${limitSeconds} s: ${what}: ${JSON.stringify((await this.status())?.osdpl)}`);
      await this.clock.advance(250);
    }
    return (this.clock.now() - begun) / 1000;
  }

  /** Writes of the service since a mark, statuses with them. */
  writesSince(mark: number): number {
    return this.calls.slice(mark).filter(({ verb }) => verb !== 'get').length;
  }

  async close(): Promise<void> {
    const stopping = this.#manager?.stop();
    // What it held is let go of: benches compare memory with and without it.
    this.#manager = undefined;
    await this.clock.advance(60_000);
    await stopping;
    this.cluster.stop();
  }
}

/** `cmp-001` and so on: their order by name is that of their making. */
export function computeName(n: number): string {
  return `cmp-${String(n + 1).padStart(3, '0')}`;
}
