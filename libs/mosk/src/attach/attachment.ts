import { keyText, type KindDeclaration, type ObjectKey } from '@keelson/api';
import type { Bus } from '@keelson/bus';
import { type KubeApi, type SwitchableApi, switchableApi } from '@keelson/kube';
import {
  type AnyReconciler,
  type ClusterMetrics,
  createManager,
  type ExtraRights,
  type Input,
  type Manager,
  type ScopedMetrics,
} from '@keelson/reconcile';
import { backoffSeconds, type Clock, type Http, type Log, messageOf, type Random, sleep, uuid } from '@keelson/std';
import type { Records } from '@keelson/store';
import { installDefinitions } from './definitions.js';
import { scopedBus, scopedRecords } from './scoped.js';

/** What working on MOSK clusters needs of the service. */
export interface AttachPorts {
  readonly connect: (kubeconfig: string) => KubeApi;
  /** HTTP to the Services of a cluster by their internal names. */
  readonly connectServices: (kubeconfig: string) => Http;
  readonly bus: Bus;
  readonly records: Records;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where it is counted what reconcilers do there; nowhere unless given. */
  readonly clusterMetrics?: ClusterMetrics;
  /** Told what they do that their state tables forbid; logged unless given. */
  readonly onFault?: (fault: string) => void;
  readonly side: ClusterSide;
}

/** What a service does in a MOSK cluster. */
export interface ClusterSide {
  /** Such as `openstack-svc`. */
  readonly service: string;
  /** Kinds that the cluster must know for the service to work on it. */
  readonly kinds: readonly KindDeclaration[];
  /** What it does there beside its reconcilers. */
  readonly rights?: readonly ExtraRights[];
  /** What the service reads of the management API beside clusters and their kubeconfigs. */
  readonly reads?: readonly Input[];
  /** What the cluster must have beside its kinds before anything runs there; tried again until it succeeds. */
  prepare?(api: KubeApi, cluster: ObjectKey): Promise<void>;
  /** What runs on the cluster's API. */
  reconcilers(cluster: AttachedCluster): readonly AnyReconciler[];
}

/** A cluster as the reconcilers that run there are told of it. */
export interface AttachedCluster {
  /** Its Cluster in the management API. */
  readonly cluster: ObjectKey;
  /** Its API, for what is asked of it and not cached. */
  readonly api: Pick<KubeApi, 'list'>;
  /** HTTP to its Services by their internal names. */
  readonly http: Http;
  /** Cluster release, `<cluster>+<mosk>`; undefined while unknown. */
  readonly release: () => string | undefined;
  /** Who this process is in that cluster. */
  readonly identity: string;
}

const backoff = { firstSeconds: 1, maxSeconds: 60, factor: 2 };

/** The work on one MOSK cluster: from the kubeconfig of the service's account there to running reconcilers, tried until it is closed. */
export class Attachment {
  readonly cluster: ObjectKey;
  /** Cluster release, `<cluster>+<mosk>`, as the management cluster tells it. */
  release: string | undefined;
  readonly #ports: AttachPorts;
  readonly #closing = new AbortController();
  readonly #metrics: ScopedMetrics | undefined;
  #manager: Manager | undefined;
  #kubeconfig: string;
  #connection: SwitchableApi | undefined;
  #services: Http | undefined;
  #api: KubeApi | undefined;
  #lacks: string | undefined = 'it is being attached to';

  constructor(ports: AttachPorts, cluster: ObjectKey, kubeconfig: string, release: string | undefined) {
    this.#ports = ports;
    this.cluster = cluster;
    this.release = release;
    this.#metrics = ports.clusterMetrics?.of(keyText(cluster));
    this.#kubeconfig = kubeconfig;
    void this.#run();
  }

  /** Its reconcilers, once they run. */
  get manager(): Manager | undefined {
    return this.#manager;
  }

  /** The cluster's API, once its kinds are known there. */
  get api(): KubeApi | undefined {
    return this.#api;
  }

  /** HTTP to its Services, always with the newest token. */
  readonly http: Http = (request) => (this.#services ??= this.#ports.connectServices(this.#kubeconfig))(request);

  /** Goes on with another token for the same API: who works there notices nothing. */
  renew(kubeconfig: string): void {
    this.#kubeconfig = kubeconfig;
    this.#services = undefined;
    this.#connection?.use(this.#ports.connect(kubeconfig));
  }

  /** Why nothing is done there; undefined while its reconcilers run and see all. */
  lacks(): string | undefined {
    return this.#manager === undefined ? this.#lacks : this.#manager.lacks();
  }

  /** Ends the work. A call that hangs is not waited for: after it nothing more is begun. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the cluster is let go of'));
    await this.#manager?.stop();
    this.#metrics?.end();
  }

  async #run(): Promise<void> {
    const { clock, random, log } = this.#ports;
    for (let failures = 1; !this.#closing.signal.aborted; failures += 1) {
      try {
        this.#connection = switchableApi(this.#ports.connect(this.#kubeconfig));
        await this.#attach(this.#connection.api);
        return;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        const why = messageOf(error);
        if (why !== this.#lacks) log.warn(`cluster ${keyText(this.cluster)} cannot be worked on yet: ${why}`);
        this.#lacks = why;
        const seconds = backoffSeconds(backoff, failures, random);
        await sleep(clock, seconds * 1000, this.#closing.signal).catch(() => undefined);
      }
    }
  }

  /** Resolves once reconcilers are at work; from then on they follow the API by themselves, however long it is away. */
  async #attach(api: KubeApi): Promise<void> {
    const { side, clock, random, log, bus, records } = this.#ports;
    const { cluster, http } = this;
    await installDefinitions(api, side, clock);
    this.#api = api;
    await side.prepare?.(api, cluster);
    if (this.#closing.signal.aborted) return;
    const identity = `${side.service}-${uuid(random)}`;
    this.#manager = createManager({
      service: side.service,
      reconcilers: side.reconcilers({ cluster, api, http, identity, release: () => this.release }),
      api,
      bus: scopedBus(bus),
      records: scopedRecords(records, keyText(cluster)),
      clock,
      random,
      log,
      ...(this.#metrics === undefined ? {} : { metrics: this.#metrics }),
      ...(this.#ports.onFault === undefined ? {} : { onFault: this.#ports.onFault }),
      leaderElection: true,
      identity,
    });
    await this.#manager.start();
    log.info(`cluster ${keyText(cluster)} is worked on`);
  }
}
