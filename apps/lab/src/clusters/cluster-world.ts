import { type Http, isFailure, messageOf, seededRandom, terminal, transient } from '@keelson/std';
import { throughProxy } from '@keelson/kube';
import type { ChildApi, ChildWrite, ClusterPki } from './child-api.js';
import { type Cluster, type ClusterWorldOptions, clusterFrom, controlMembers, writesOf } from './cluster.js';
import { type ClusterState, type Member, type SavedCluster, hasQuorum } from './cluster.state.js';
import { runKubelet, setReadiness } from './kubelet.js';
import { conditionsOf } from './node.js';
import type { SavedCloud } from '../openstack/saved-cloud.js';

export interface JoinRequest {
  readonly server: string;
  readonly host: string;
  readonly port: number;
  readonly member: Member;
}

export interface InitRequest extends JoinRequest {
  readonly name: string;
  readonly kubernetesVersion: string;
  readonly pki: ClusterPki;
}

/** A node unheard for this long counts as unknown (kube-controller-manager's node-monitor-grace-period since 1.32: 50 s). */
const graceSeconds = 50;

/** All child clusters: who is a member, whose API answers, which kubelets run. */
export class ClusterWorld {
  readonly #options: ClusterWorldOptions;
  readonly #clusters = new Map<string, Cluster>();
  readonly #up = new Set<string>();

  constructor(options: ClusterWorldOptions) {
    this.#options = options;
  }

  /** Makes a cluster with this host as its first control plane member; once made, doing it again changes nothing. */
  init(request: InitRequest): void {
    const id = idOf(request);
    if (!this.#clusters.has(id)) {
      const { name, host, port, kubernetesVersion, pki } = request;
      this.#add({ state: { id, name, host, port, kubernetesVersion, pki, members: {} }, objects: {} });
    }
    this.join(request);
  }

  /**
   * Makes a host a member.
   *
   * @throws Failure transient while the cluster does not exist or its API does not answer
   */
  join(request: JoinRequest): void {
    const cluster = this.#clusters.get(idOf(request));
    if (cluster === undefined)
      throw transient(`there is no cluster at ${idOf(request)} yet (simulated)`, { reason: 'ClusterNotReady' });
    const isFirst = Object.keys(cluster.state.members).length === 0;
    const before = cluster.state.members[request.server];
    const isKnown = before !== undefined;
    if (!isFirst && !isKnown && !this.#answers(cluster)) {
      throw transient(`the API of cluster ${cluster.state.name} does not answer: it has no quorum (simulated)`, {
        reason: 'ClusterNotReady',
      });
    }
    cluster.state.members[request.server] = request.member;
    if (isKnown && before.kubernetesVersion !== request.member.kubernetesVersion) {
      // Another version was installed over it: the kubelet starts anew.
      cluster.kubelets.get(request.server)?.abort(new Error('another version of the kubelet is installed'));
      cluster.kubelets.delete(request.server);
    }
    cluster.servers.set(request.member.node, request.server);
    this.#options.noteCluster(cluster.state.id);
    this.#settle(cluster);
    if (this.#up.has(request.server)) this.#startKubelet(cluster, request.server);
  }

  /** The system of a host runs: its kubelet, if it is a member of a cluster, starts. */
  hostUp(server: string): void {
    this.#up.add(server);
    for (const cluster of this.#withMember(server)) {
      this.#settle(cluster);
      this.#startKubelet(cluster, server);
    }
  }

  hostDown(server: string): void {
    this.#up.delete(server);
    for (const cluster of this.#withMember(server)) {
      cluster.restarts.set(server, undefined);
      cluster.kubelets.get(server)?.abort(new Error('the host is down'));
      cluster.kubelets.delete(server);
      this.#settle(cluster);
      this.#watchOver(cluster, server);
    }
  }

  /** A host was wiped: it is a member no more. The data of a cluster goes with its last control plane host. */
  forgetServer(server: string): void {
    for (const cluster of this.#withMember(server)) {
      this.#dropMember(cluster, server, 'the host was wiped');
      if (controlMembers(cluster.state) === 0) this.#remove(cluster);
      this.#options.noteCluster(cluster.state.id);
      this.#options.noteCloud?.(cluster.state.id);
    }
  }

  /**
   * The API behind `https://host:port` for a client in this process.
   *
   * @throws Failure transient, reason `Unreachable`, when no cluster answers there now
   */
  apiAt(server: string): ChildApi {
    const { hostname, port } = new URL(server);
    const cluster = this.#clusters.get(`${hostname}:${port === '' ? '443' : port}`);
    const api = cluster === undefined ? undefined : this.#apiOf(cluster);
    if (api === undefined) throw transient(`${server}: connection refused (simulated)`, { reason: 'Unreachable' });
    return api;
  }

  /**
   * HTTP to Services of the cluster behind `https://host:port`, by the names they have inside it
   * (`http://nova-api.openstack.svc.cluster.local:8774`): what the service proxy of its API server does.
   */
  serviceHttp(server: string): Http {
    return async (request) => {
      this.apiAt(server);
      const { hostname, port } = new URL(server);
      const cluster = this.#clusters.get(`${hostname}:${port === '' ? '443' : port}`);
      if (cluster === undefined)
        throw transient(`${server}: connection refused (simulated)`, { reason: 'Unreachable' });
      return throughProxy(request, (proxied) => cluster.openstack.answer(proxied));
    };
  }

  list(): readonly { readonly state: ClusterState; readonly answers: boolean }[] {
    return [...this.#clusters.values()].map((cluster) => ({ state: cluster.state, answers: this.#answers(cluster) }));
  }

  saved(id: string): SavedCluster | undefined {
    const cluster = this.#clusters.get(id);
    return cluster === undefined ? undefined : { state: cluster.state, objects: cluster.api.dump() };
  }

  savedCloud(id: string): SavedCloud | undefined {
    return this.#clusters.get(id)?.openstack.cloud.saved();
  }

  /** Brings back a cluster from a snapshot; its hosts come up afterwards. */
  restore(saved: SavedCluster): void {
    if (!this.#clusters.has(saved.state.id)) this.#add(saved);
  }

  async close(): Promise<void> {
    for (const cluster of this.#clusters.values()) {
      for (const kubelet of cluster.kubelets.values()) kubelet.abort(new Error('the lab is stopping'));
      cluster.workloads.stop();
      cluster.openstack.stop();
      await cluster.outside?.close();
      cluster.wantsListener = false;
      await this.#listen(cluster);
    }
  }

  #add(saved: SavedCluster): void {
    const cluster = clusterFrom(saved, this.#options, () => this.#apiOf(cluster));
    const objects = writesOf(saved.objects);
    cluster.api.onWrite((writes) => this.#onWrite(cluster, writes));
    cluster.openstack.note(objects);
    cluster.outside?.note(objects);
    this.#clusters.set(saved.state.id, cluster);
    cluster.workloads.begin(objects);
  }

  #onWrite(cluster: Cluster, writes: readonly ChildWrite[]): void {
    this.#options.noteCluster(cluster.state.id);
    cluster.openstack.note(writes);
    cluster.outside?.note(writes);
    for (const write of writes)
      if (write.resource === 'nodes' && write.type === 'delete') this.#forgetNode(cluster, write.name);
  }

  /**
   * Somebody has deleted a Node: its host is a member no more. The last control plane host stays one: its API goes on
   * without the Node.
   */
  #forgetNode(cluster: Cluster, node: string): void {
    const server = cluster.servers.get(node);
    if (server === undefined) return;
    if (cluster.state.members[server]?.role === 'control' && controlMembers(cluster.state) === 1) return;
    this.#dropMember(cluster, server, 'the node was deleted');
  }

  #dropMember(cluster: Cluster, server: string, why: string): void {
    const member = cluster.state.members[server];
    if (member !== undefined) cluster.servers.delete(member.node);
    delete cluster.state.members[server];
    cluster.kubelets.get(server)?.abort(new Error(why));
    cluster.kubelets.delete(server);
    this.#settle(cluster);
  }

  #remove(cluster: Cluster): void {
    for (const kubelet of cluster.kubelets.values()) kubelet.abort(new Error('the cluster is gone'));
    cluster.workloads.stop();
    cluster.openstack.stop();
    void cluster.outside?.close();
    this.#clusters.delete(cluster.state.id);
    cluster.wantsListener = false;
    void this.#listen(cluster);
  }

  #withMember(server: string): readonly Cluster[] {
    return [...this.#clusters.values()].filter((cluster) => cluster.state.members[server] !== undefined);
  }

  #answers(cluster: Cluster): boolean {
    return hasQuorum(cluster.state, (server) => this.#up.has(server));
  }

  #apiOf(cluster: Cluster): ChildApi | undefined {
    return this.#clusters.has(cluster.state.id) && this.#answers(cluster) ? cluster.api : undefined;
  }

  /** Opens or closes the API after the set of running hosts has changed. */
  #settle(cluster: Cluster): void {
    const answers = this.#answers(cluster);
    if (answers === cluster.wantsListener) return;
    cluster.wantsListener = answers;
    this.#options.log.info(
      `the API of cluster ${cluster.state.name} (simulated) ${answers ? 'answers' : 'has lost its quorum'}`,
    );
    void this.#listen(cluster);
    if (!answers) return;
    cluster.workloads.wake();
    // While it was away nobody noticed which hosts went down.
    for (const server of Object.keys(cluster.state.members))
      if (!this.#up.has(server)) this.#watchOver(cluster, server);
  }

  /** One change of the listener after the other, in order; each looks at what is wanted when its turn comes. */
  #listen(cluster: Cluster): Promise<unknown> {
    if (!this.#options.listens) return Promise.resolve();
    cluster.listening = cluster.listening.then(async (open) => {
      if (cluster.wantsListener === (open !== undefined)) return open;
      const { host, port, name } = cluster.state;
      if (open !== undefined) {
        await open.close();
        return undefined;
      }
      try {
        return await cluster.api.listen({
          host,
          port,
          serviceProxy: (request) => cluster.openstack.answer(request),
        });
      } catch (error) {
        this.#options.log.error(`the API of cluster ${name} cannot listen on ${host}:${port}: ${messageOf(error)}`);
        cluster.wantsListener = false;
        return undefined;
      }
    });
    return cluster.listening;
  }

  #startKubelet(cluster: Cluster, server: string): void {
    const member = cluster.state.members[server];
    if (member === undefined || cluster.kubelets.has(server)) return;
    const life = new AbortController();
    cluster.kubelets.set(server, life);
    const { clock, pace, timings, log, seed } = this.#options;
    if (cluster.restarts.has(server)) cluster.restarts.set(server, clock.now());
    cluster.workloads.kubeletStarted(member.node);
    void runKubelet({
      world: { clock, pace, timings, log },
      random: seededRandom(`${seed}/kubelet/${server}`),
      hardware: this.#options.hardware(server),
      member,
      kubernetesVersion: member.kubernetesVersion ?? cluster.state.kubernetesVersion,
      api: () => this.#apiOf(cluster),
      signal: life.signal,
    });
  }

  /** The simulated node controller: a node whose host stays down is marked Unknown after the grace period. */
  #watchOver(cluster: Cluster, server: string): void {
    const member = cluster.state.members[server];
    const { clock, pace, log } = this.#options;
    if (member === undefined) return;
    clock.schedule(pace.ms(graceSeconds), () => {
      const api = this.#apiOf(cluster);
      if (this.#up.has(server) || api === undefined) return;
      const conditions = conditionsOf(
        'Unknown',
        'NodeStatusUnknown',
        'the simulated kubelet stopped posting node status',
        clock.now(),
      );
      setReadiness(api, member.node, conditions).catch((error: unknown) => {
        const level = isFailure(error, 'notFound') ? 'debug' : 'warn';
        log[level](`node ${member.node} (simulated) could not be marked: ${messageOf(error)}`);
      });
    });
  }
}

function idOf(request: { host: string; port: number }): string {
  if (request.host === '') throw terminal('a cluster needs the address of its API', { reason: 'NoEndpoint' });
  return `${request.host}:${request.port}`;
}
