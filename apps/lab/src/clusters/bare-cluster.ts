import { type KubeObject, type Node, NodeKind } from '@keelson/api';
import { throughProxy } from '@keelson/kube';
import type { Engine } from '@keelson/kube-server';
import { type Clock, type Http, type Log, seededRandom } from '@keelson/std';
import { Faults } from '../faults/faults.js';
import { OpenStackFront } from '../openstack/front.js';
import { Workloads } from '../workloads/workloads.js';
import { Pace } from '../world/pace.js';
import type { ChildApi } from './child-api.js';
import { engineBehind, engineChildApi } from './engine-child-api.js';
import { conditionsOf } from './node.js';

export interface BareClusterOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly seed: string;
  /** Instances that each compute has from the start. */
  readonly serversPerCompute: number;
}

/**
 * A simulated cluster without machines: nodes come and go by hand, workloads run on them, and an OpenStack stands behind
 * its Services. For what works in a cluster and does not care how that came to be.
 */
export class BareCluster {
  readonly api: ChildApi;
  readonly faults: Faults;
  readonly openstack: OpenStackFront;
  /** HTTP to its Services by their internal names. */
  readonly http: Http;
  readonly #clock: Clock;
  readonly #workloads: Workloads;
  readonly #up = new Map<string, { restartedAt: number | undefined }>();

  constructor({ clock, log, seed, serversPerCompute }: BareClusterOptions) {
    this.#clock = clock;
    const pki = { caCertificate: '', serverCertificate: '', serverKey: '' };
    this.api = engineChildApi({ clock, random: seededRandom(`${seed}/api`), log })(pki, {});
    this.faults = new Faults(clock);
    const base = { clock, api: this.api, faults: this.faults, seed, pace: new Pace() };
    this.#workloads = new Workloads({
      ...base,
      log,
      random: seededRandom(`${seed}/workloads`),
      answers: () => true,
      kubelet: (node) => this.#up.get(node),
    });
    this.#workloads.begin([]);
    this.openstack = new OpenStackFront({ ...base, serversPerCompute });
    this.api.onWrite((writes) => this.openstack.note(writes));
    this.http = (request) => throughProxy(request, (proxied) => this.openstack.answer(proxied));
  }

  /** What answers its clients. */
  engine(): Promise<Engine> {
    return engineBehind(this.api);
  }

  async addNode(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    this.#up.set(name, { restartedAt: undefined });
    await this.api.create<Node>(NodeKind, nodeOf(name, labels));
    await this.#mark(name, 'True');
  }

  /** Its host goes down; the Node is marked as a control plane marks it. */
  async nodeDown(name: string): Promise<void> {
    this.#up.delete(name);
    await this.#mark(name, 'Unknown');
  }

  async nodeUp(name: string): Promise<void> {
    this.#up.set(name, { restartedAt: this.#clock.now() });
    await this.#mark(name, 'True');
    this.#workloads.kubeletStarted(name);
  }

  stop(): void {
    this.openstack.stop();
  }

  #mark(name: string, status: 'True' | 'Unknown'): Promise<void> {
    const conditions = conditionsOf(status, 'Simulated', '', this.#clock.now());
    return this.api.patch(NodeKind, { name }, { status: { conditions } }, 'status');
  }
}

function nodeOf(name: string, labels: Readonly<Record<string, string>>): KubeObject & Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    status: { addresses: [{ type: 'InternalIP', address: '127.20.0.9' }] },
  };
}
