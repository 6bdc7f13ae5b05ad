import {
  ClusterMaintenanceRequestKind,
  ClusterWorkloadLockKind,
  CustomResourceDefinitionKind,
  type Kind,
  type KindDeclaration,
  NodeDeletionRequestKind,
  NodeDisableNotificationKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  crdOf,
} from '@keelson/api';
import { type Caches, type KubeApi, startCaches } from '@keelson/kube';
import { type Clock, type Log, type Random, backoffSeconds, messageOf, sleep } from '@keelson/std';
import { bounded } from './bounded.js';
import { covers } from '../covers.js';
import type { ChildChange, ProtocolView } from './child-clusters.js';

/** The kinds of the maintenance protocol. They live on the cluster concerned; this service brings their definitions there. */
export const protocolKinds: readonly KindDeclaration[] = [
  ClusterMaintenanceRequestKind,
  NodeMaintenanceRequestKind,
  ClusterWorkloadLockKind,
  NodeWorkloadLockKind,
  NodeDeletionRequestKind,
  NodeDisableNotificationKind,
];

export interface ProtocolOptions {
  readonly name: string;
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onChange: (change: Omit<ChildChange, 'cluster'>) => void;
}

const callSeconds = 10;
const backoff = { firstSeconds: 1, maxSeconds: 30, factor: 2 };
/** On definitions of ours: those of another life-cycle manager are left as they are. */
const installedLabel = 'keelson.dev/installed-by';

/** Brings the definitions to the cluster, then follows its locks and requests by watch. Ends with the signal alone. */
export class ChildProtocol {
  readonly #options: ProtocolOptions;
  #caches: Caches | undefined;

  constructor(options: ProtocolOptions) {
    this.#options = options;
    void this.#open();
  }

  /** Undefined until the locks and requests were read for the first time. */
  view(): ProtocolView | undefined {
    const caches = this.#caches;
    if (caches === undefined) return undefined;
    return {
      nodeLocks: (node) => caches.of(NodeWorkloadLockKind).byIndex('node', node),
      clusterLocks: () => caches.of(ClusterWorkloadLockKind).list(),
      nodeRequest: (node) => caches.of(NodeMaintenanceRequestKind).byIndex('node', node)[0],
      nodeRequests: () => caches.of(NodeMaintenanceRequestKind).list(),
      clusterRequest: () => caches.of(ClusterMaintenanceRequestKind).list()[0],
      isLeaving: (node) => caches.of(NodeDeletionRequestKind).byIndex('node', node).length > 0,
      isDisabled: (node) => caches.of(NodeDisableNotificationKind).byIndex('node', node).length > 0,
    };
  }

  async #open(): Promise<void> {
    const { clock, random, log, name, signal } = this.#options;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        for (const kind of protocolKinds) await this.#define(kind);
        this.#caches = await this.#follow();
        this.#options.onChange({ node: undefined, isRequest: false });
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (attempt === 1)
          log.warn(`the maintenance protocol of cluster ${name} cannot be followed: ${messageOf(error)}`);
        await sleep(clock, backoffSeconds(backoff, attempt, random) * 1000, signal).catch(() => undefined);
      }
    }
  }

  async #define(kind: KindDeclaration): Promise<void> {
    const { api, clock, name } = this.#options;
    const definition = crdOf(kind);
    const call = <T>(what: string, run: () => Promise<T>): Promise<T> =>
      bounded(clock, callSeconds, `cluster ${name}: ${what} the definition of ${kind.kind}`, run);
    const present = await call('read', () => api.get(CustomResourceDefinitionKind, { name: definition.metadata.name }));
    if (present !== undefined && present.metadata.labels?.[installedLabel] === undefined) return;
    if (present !== undefined && covers(present.spec, definition.spec)) return;
    const labelled = {
      ...definition,
      metadata: {
        ...definition.metadata,
        labels: { ...definition.metadata.labels, [installedLabel]: 'lifecycle-svc' },
      },
    };
    await call('write', () => api.apply(labelled, { fieldManager: 'lifecycle-svc', force: true }));
  }

  #follow(): Promise<Caches> {
    const { api, clock, random, log, signal, onChange } = this.#options;
    const byNode = { indices: { node: (object: { spec: { nodeName: string } }) => [object.spec.nodeName] } };
    const isOfCluster = (kind: Kind): boolean =>
      kind.kind === ClusterMaintenanceRequestKind.kind || kind.kind === ClusterWorkloadLockKind.kind;
    return startCaches({
      api,
      clock,
      random,
      log,
      signal,
      kinds: protocolKinds.map((kind) => (isOfCluster(kind) ? { kind } : { kind, ...byNode })),
      onEvent: (kind, _type, object) =>
        onChange({
          node: isOfCluster(kind) ? undefined : nodeNameOf(object),
          isRequest: kind.kind.endsWith('MaintenanceRequest'),
        }),
    });
  }
}

function nodeNameOf(object: object): string | undefined {
  const spec: unknown = 'spec' in object ? object.spec : undefined;
  const name: unknown = typeof spec === 'object' && spec !== null && 'nodeName' in spec ? spec.nodeName : undefined;
  return typeof name === 'string' ? name : undefined;
}
