import { type Agent, type Runner, type StateItem, isItemDone, startAgent } from '@keelson/agent';
import { ClusterKind, type LCMMachine, LCMMachineKind, type ObjectKey, cephNodeLabels } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import type { Engine, Stored } from '@keelson/kube-server';
import {
  type ChildApi,
  ClusterWorld,
  Faults,
  Pace,
  type SavedCloud,
  type SavedObjects,
  clusterParams,
  engineBehind,
  engineChildApi,
  hardwareOf,
  isClusterItem,
  ordinaryTimings,
} from '@keelson/lab';
import { type Clock, type Http, type Log, seededRandom, sleep, terminal } from '@keelson/std';

/** How long things take on the hosts, seconds. */
export interface HostPace {
  readonly item: (machine: string, item: StateItem, attempt: number) => number;
  readonly reboot: (machine: string) => number;
}

/** What a host has just done, for those who judge it. */
export type HostEvent =
  | { readonly type: 'restarts'; readonly machine: string }
  | { readonly type: 'installs'; readonly machine: string; readonly version: string };

export interface HostsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly seed: string;
  readonly pace: HostPace;
  /** The management API as agents see it. */
  readonly api: KubeApi;
  /** What the cluster's own API holds besides what its kubelets bring. */
  readonly childObjects?: SavedObjects;
  /** Its OpenStack, where it has one: simulated, and it says so. */
  readonly openstack?: CloudStart;
  /** Whether its workers have roles of Ceph, as its controller would give them; as its Cluster says unless given. */
  readonly hasCeph?: boolean;
  readonly onEvent: (event: HostEvent) => void;
  /** The clock of a host, by its machine: it may be wrong. */
  readonly clockOf: (machine: string) => Clock;
}

/** How a simulated OpenStack begins. */
export interface CloudStart {
  /** Instances on each compute that nobody knew before. */
  readonly serversPerCompute: number;
  readonly saved?: SavedCloud | undefined;
}

/** The role that no budget counts: each worker may go as before. */
const cephRole = `${cephNodeLabels.rolePrefix}mgr`;

function withCeph<M extends { readonly labels: Readonly<Record<string, string>> }>(member: M): M {
  return { ...member, labels: { ...member.labels, [cephRole]: 'true' } };
}

async function saysCeph(api: KubeApi, cluster: ObjectKey): Promise<boolean> {
  return (await api.get(ClusterKind, cluster))?.status?.providerStatus?.ceph !== undefined;
}

/** A pki that nobody checks: in this world there are no sockets. */
const noPki = { caCertificate: '', serverCertificate: '', serverKey: '' };

/**
 * The simulated hosts of one cluster that stands already: real agents over simulated runners, and the lab's simulated
 * Kubernetes. A host is known here by the name of its machine.
 */
export class Hosts {
  /** Machines whose hosts never return from a restart. */
  readonly lost = new Set<string>();
  /** How many of the next runs of items of a machine fail. */
  readonly failures = new Map<string, number>();
  readonly clusters: ClusterWorld;
  readonly #options: HostsOptions;
  readonly #agents = new Map<string, Agent>();
  readonly #machines = new Map<string, { readonly address: string; readonly numeral: number }>();
  readonly #down = new Map<string, number>();
  readonly #restarting = new Set<string>();
  readonly #ending = new AbortController();
  #namespace = '';
  #url = '';
  #id = '';
  #hasCeph = false;
  #engine: Engine | undefined;

  constructor(options: HostsOptions) {
    this.#options = options;
    const { clock, log, seed, openstack } = options;
    this.clusters = new ClusterWorld({
      clock,
      log,
      seed,
      random: seededRandom(`${seed}/clusters`),
      pace: new Pace(1),
      timings: { ...ordinaryTimings, nodeReady: 5 },
      faults: new Faults(clock),
      hardware: (machine) => hardwareOf(seed, this.#machines.get(machine)?.numeral ?? 1, 9_999),
      makeApi: engineChildApi({ clock, log, random: seededRandom(`${seed}/child`) }),
      listens: false,
      serversPerCompute: openstack?.serversPerCompute ?? 0,
      noteCluster: () => undefined,
    });
  }

  /** All machines of the cluster that was adopted. */
  get names(): readonly string[] {
    return [...this.#machines.keys()];
  }

  /**
   * Brings the cluster up as its LCMMachines say it stands: members, their versions, running agents.
   *
   * @throws Failure terminal when no machine says where the cluster's API is
   */
  async adopt({ namespace = '', name }: ObjectKey): Promise<void> {
    const { api, childObjects = {}, openstack } = this.#options;
    const { items } = await api.list(LCMMachineKind, {
      namespace,
      labelSelector: `cluster.sigs.k8s.io/cluster-name=${name}`,
    });
    const joined = items.flatMap((machine) => {
      const item = (machine.spec.stateItems ?? []).find(isClusterItem);
      return item === undefined || !isItemDone(item, machine.status?.stateItemStatuses?.[item.name])
        ? []
        : [{ machine, params: clusterParams(item) }];
    });
    const first = joined[0]?.params;
    if (first === undefined)
      throw terminal(`no machine of cluster ${namespace}/${name} has joined it: there is nothing to update`);
    this.#namespace = namespace;
    this.#url = `https://${first.host}:${first.port}`;
    this.#id = `${first.host}:${first.port}`;
    joined.forEach(({ machine }, i) => this.#note(machine, i + 1));
    this.#hasCeph = this.#options.hasCeph ?? (await saysCeph(api, { namespace, name }));
    this.clusters.restore({
      state: {
        id: this.#id,
        name,
        host: first.host,
        port: first.port,
        kubernetesVersion: first.kubernetesVersion,
        pki: noPki,
        members: Object.fromEntries(
          joined.map(({ machine, params: { member, kubernetesVersion } }) => [
            machine.metadata.name,
            { ...(this.#hasCeph && member.role === 'worker' ? withCeph(member) : member), kubernetesVersion },
          ]),
        ),
      },
      objects: childObjects,
      cloud: openstack?.saved,
    });
    for (const { machine } of joined) this.#boot(machine.metadata.name);
    this.#engine = await engineBehind(this.childApi(this.#url));
  }

  /** The API behind a URL of the cluster. @throws Failure transient while it has no quorum */
  childApi(url: string): ChildApi {
    return this.clusters.apiAt(url);
  }

  /** The administrator's address of the cluster's own API. */
  get url(): string {
    return this.#url;
  }

  /** Whether its workers have roles of Ceph. */
  get hasCeph(): boolean {
    return this.#hasCeph;
  }

  /** HTTP to the Services of the cluster behind a URL. */
  serviceHttp(url: string): Http {
    return this.clusters.serviceHttp(url);
  }

  /** The simulated OpenStack as it is. */
  cloud(): SavedCloud | undefined {
    return this.clusters.savedCloud(this.#id);
  }

  /** All that the cluster's API holds. */
  childObjects(): SavedObjects {
    return this.clusters.saved(this.#id)?.objects ?? {};
  }

  isUp(machine: string): boolean {
    return !this.#down.has(machine);
  }

  /** Whether a host is down because its agent restarts it. */
  isRestarting(machine: string): boolean {
    return this.#restarting.has(machine);
  }

  /** Since when a host is down; undefined while it is up. */
  downSince(machine: string): number | undefined {
    return this.#down.get(machine);
  }

  /** Version of Kubernetes that each machine runs, as installed on its host. */
  versions(): ReadonlyMap<string, { readonly version: string; readonly role: 'control' | 'worker'; node: string }> {
    const members = this.clusters.list()[0]?.state.members ?? {};
    return new Map(
      Object.entries(members).map(([machine, { kubernetesVersion = '', role, node }]) => [
        machine,
        { version: kubernetesVersion, role, node },
      ]),
    );
  }

  /** What the cluster's API holds of a resource, whether or not it answers. */
  stored(resource: string): readonly Stored[] {
    return this.#engine?.registry.store.view(resource).list() ?? [];
  }

  /** The host loses its power. */
  cut(machine: string): void {
    if (this.#down.has(machine)) return;
    this.#down.set(machine, this.#options.clock.now());
    void this.#agents.get(machine)?.stop();
    this.#agents.delete(machine);
    this.clusters.hostDown(machine);
  }

  /** The host comes up, unless it is lost for ever. */
  mend(machine: string): void {
    if (this.#down.has(machine) && !this.lost.has(machine)) this.#boot(machine);
  }

  async close(): Promise<void> {
    this.#ending.abort(new Error('the world ends'));
    for (const agent of this.#agents.values()) void agent.stop();
    await this.clusters.close();
  }

  #note(machine: LCMMachine, numeral: number): void {
    const addresses = (machine.status?.['addresses'] ?? []) as readonly { type: string; address: string }[];
    const address = addresses.find(({ type }) => type === 'InternalIP')?.address ?? `127.20.0.${numeral}`;
    this.#machines.set(machine.metadata.name, { address, numeral });
  }

  #boot(machine: string): void {
    this.#down.delete(machine);
    this.clusters.hostUp(machine);
    const { clockOf, log, seed, api } = this.#options;
    const clock = clockOf(machine);
    const bootedAt = clock.now();
    const address = this.#machines.get(machine)?.address ?? '';
    this.#agents.set(
      machine,
      startAgent({
        config: { server: 'https://management.invalid', token: 'opaque', namespace: this.#namespace, machine },
        api,
        runner: this.#runner(machine),
        clock,
        log,
        random: seededRandom(`${seed}/agent/${machine}/${bootedAt}`),
        host: {
          info: () => ({ addresses: [{ type: 'InternalIP', address }], bootedAt, details: { bootID: `${bootedAt}` } }),
          reboot: async () => void this.#restart(machine),
        },
        saveToken: () => undefined,
      }),
    );
  }

  async #restart(machine: string): Promise<void> {
    this.#options.onEvent({ type: 'restarts', machine });
    this.#restarting.add(machine);
    this.cut(machine);
    const { clock, pace } = this.#options;
    await sleep(clock, pace.reboot(machine) * 1000, this.#ending.signal).catch(() => undefined);
    if (this.#ending.signal.aborted) return;
    // One that does not come back is down by itself from now on.
    this.#restarting.delete(machine);
    this.mend(machine);
  }

  #runner(machine: string): Runner {
    return {
      run: async (item, { signal, attempt }) => {
        const { clock, pace } = this.#options;
        await sleep(clock, pace.item(machine, item, attempt) * 1000, signal);
        const failing = this.failures.get(machine) ?? 0;
        if (failing > 0) {
          this.failures.set(machine, failing - 1);
          return { exitCode: 1, message: 'the simulation wants it so' };
        }
        if (isClusterItem(item)) this.#join(machine, item);
        return { exitCode: 0, message: 'simulated' };
      },
    };
  }

  #join(machine: string, item: StateItem): void {
    const { host, port, kubernetesVersion, member } = clusterParams(item);
    this.#options.onEvent({ type: 'installs', machine, version: kubernetesVersion });
    this.clusters.join({ server: machine, host, port, member: { ...member, kubernetesVersion } });
  }
}
