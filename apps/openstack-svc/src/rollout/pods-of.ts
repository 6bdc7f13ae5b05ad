import { type KubeObject, NodeKind, type Pod, PodKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { isNodeReady, podTrouble, type PodTrouble } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { isFailure } from '@keelson/std';

/** Pods of a workload or Job. They are asked for, since keeping all pods of a cluster would cost much. */
export type PodsOf = (workload: KubeObject) => Promise<readonly Pod[]>;

/** Pods by the API of their cluster. */
export function podsOfOver(api: Pick<KubeApi, 'list'>): PodsOf {
  return async (workload) => {
    const labelSelector = selectorOf(workload);
    const { namespace } = workload.metadata;
    if (labelSelector === undefined || namespace === undefined) return [];
    return (await api.list(PodKind, { namespace, labelSelector })).items;
  };
}

/** So long one answer does: who looks at a cloud at every event does not ask at every look. Milliseconds. */
const goodMs = 2_000;

/** What keeps pods of workloads from running, asked at most once in two seconds for each. */
export class PodTroubles {
  readonly #podsOf: PodsOf;
  readonly #known = new Map<string, { readonly at: number; readonly pods: readonly Pod[] }>();

  constructor(podsOf: PodsOf) {
    this.#podsOf = podsOf;
  }

  async of(reader: Reader, workload: KubeObject): Promise<PodTrouble | undefined> {
    const isReady = (name: string): boolean | undefined => {
      const node = reader.get(NodeKind, { name });
      return node === undefined ? undefined : isNodeReady(node);
    };
    return podTrouble(await this.#pods(workload, reader.now), isReady, reader.now) ?? unmade(workload);
  }

  async #pods(workload: KubeObject, now: number): Promise<readonly Pod[]> {
    const { uid = '' } = workload.metadata;
    const known = this.#known.get(uid);
    if (known !== undefined && now - known.at < goodMs) return known.pods;
    for (const [id, { at }] of this.#known) if (now - at >= goodMs) this.#known.delete(id);
    const pods = await this.#ask(workload);
    this.#known.set(uid, { at: now, pods });
    return pods;
  }

  /** What cannot be asked says nothing: that the workload is not ready is known all the same. */
  async #ask(workload: KubeObject): Promise<readonly Pod[]> {
    try {
      return await this.#podsOf(workload);
    } catch (error) {
      if (!isFailure(error)) throw error;
      return [];
    }
  }
}

/** Its controller is not let make pods: a webhook does not answer or is not trusted, a quota is used up. */
function unmade(workload: KubeObject): PodTrouble | undefined {
  const status: unknown = Reflect.get(workload, 'status');
  const conditions: unknown = typeof status === 'object' && status !== null ? Reflect.get(status, 'conditions') : [];
  const failure = Array.isArray(conditions) ? conditions.find(isReplicaFailure) : undefined;
  if (failure === undefined) return undefined;
  const { kind, metadata } = workload;
  const on = { kind, namespace: metadata.namespace ?? '', name: metadata.name };
  return { on, reason: 'PodsNotMade', message: `its pods cannot be made: ${failure.message}` };
}

function isReplicaFailure(value: unknown): value is { readonly message: string } {
  if (typeof value !== 'object' || value === null || !('message' in value)) return false;
  return (
    Reflect.get(value, 'type') === 'ReplicaFailure' &&
    Reflect.get(value, 'status') === 'True' &&
    typeof value.message === 'string'
  );
}

function selectorOf(workload: KubeObject): string | undefined {
  if (workload.kind === 'Job') return `job-name=${workload.metadata.name}`;
  const spec: unknown = Reflect.get(workload, 'spec');
  const selector: unknown = typeof spec === 'object' && spec !== null ? Reflect.get(spec, 'selector') : undefined;
  const labels: unknown =
    typeof selector === 'object' && selector !== null ? Reflect.get(selector, 'matchLabels') : undefined;
  if (typeof labels !== 'object' || labels === null) return undefined;
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(',');
}
