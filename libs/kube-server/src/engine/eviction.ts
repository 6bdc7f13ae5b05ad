import type { Call, Registry } from '../registry/context.js';
import { deleteObject } from '../registry/remove.js';
import { isObject } from '../schema/schema.js';
import { fromLabelSelectorObject, matchesLabels } from '../selector/label-selector.js';
import { ApiError, badRequest, notFound } from '../status/status.js';
import type { Draft, Stored } from '../storage/stored.js';

const budgets = 'poddisruptionbudgets.policy';

/**
 * Deletes a pod unless a disruption budget forbids it now. As no disruption controller runs, what a budget allows is
 * counted here, over all that is stored and queued.
 *
 * @throws ApiError 429 with the cause DisruptionBudget
 */
export async function evictPod(
  registry: Registry,
  pod: { readonly namespace: string; readonly name: string },
  call: Call,
  eviction: Draft,
): Promise<Draft> {
  const { name } = isObject(eviction.metadata) ? eviction.metadata : {};
  if (name !== undefined && name !== '' && name !== pod.name)
    throw badRequest('name in URL does not match name in Eviction object');
  const kind = registry.kinds.byKind('v1', 'Pod');
  const head = registry.store.head('pods', pod.namespace, pod.name);
  if (kind === undefined || head === undefined) throw notFound({ group: '', plural: 'pods' }, pod.name);
  if (!hasEnded(head)) requireBudget(registry, head);
  await deleteObject(
    registry,
    { ...call, kind, namespace: pod.namespace },
    pod.name,
    isObject(eviction.deleteOptions) ? eviction.deleteOptions : undefined,
  );
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}

/** Pods that run nothing, or are going already, disrupt nobody. */
function hasEnded(pod: Stored): boolean {
  return pod.metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed', 'Pending'].includes(phaseOf(pod));
}

function requireBudget(registry: Registry, pod: Stored): void {
  const namespace = pod.metadata.namespace ?? '';
  const matching = registry.store
    .view(budgets)
    .list(namespace)
    .filter((budget) => covers(budget, pod));
  const [budget, ...others] = matching;
  if (budget === undefined) return;
  if (others.length > 0)
    throw new ApiError(
      500,
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  const { healthy, desired } = standingOf(registry, budget, namespace);
  const mayGoUnhealthy = specOf(budget).unhealthyPodEvictionPolicy === 'AlwaysAllow' || healthy >= desired;
  if (!isReady(pod) && mayGoUnhealthy) return;
  if (healthy - desired >= 1) return;
  throw new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [
      {
        reason: 'DisruptionBudget',
        message: `The disruption budget ${budget.metadata.name} needs ${desired} healthy pods and has ${healthy} currently`,
      },
    ],
  });
}

function covers(budget: Stored, pod: Stored): boolean {
  const selector = fromLabelSelectorObject(specOf(budget).selector);
  return selector !== undefined && matchesLabels(selector, pod.metadata.labels);
}

/** How the pods of a disruption budget stand. */
export interface DisruptionStanding {
  /** Pods that are ready. */
  readonly healthy: number;
  /** How many must stay so. */
  readonly desired: number;
  /** How many their owners want. */
  readonly expected: number;
}

/**
 * What a disruption controller reports of a budget: the numbers that evictions are judged by.
 *
 * @throws ApiError 404 when there is no such budget
 */
export function disruptionStanding(registry: Registry, namespace: string, name: string): DisruptionStanding {
  const budget = registry.store.head(budgets, namespace, name);
  if (budget === undefined) throw notFound({ group: 'policy', plural: 'poddisruptionbudgets' }, name);
  return standingOf(registry, budget, namespace);
}

function standingOf({ store }: Registry, budget: Stored, namespace: string): DisruptionStanding {
  const pods = store
    .view('pods')
    .list(namespace)
    .flatMap(({ metadata }) => store.head('pods', namespace, metadata.name) ?? [])
    .filter((pod) => covers(budget, pod) && phaseOf(pod) !== 'Succeeded' && phaseOf(pod) !== 'Failed');
  const healthy = pods.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length;
  const { minAvailable, maxUnavailable } = specOf(budget);
  const expected = expectedPods(store, pods, namespace);
  if (maxUnavailable !== undefined)
    return { healthy, desired: Math.max(0, expected - share(maxUnavailable, expected)), expected };
  return { healthy, desired: share(minAvailable ?? 0, expected), expected };
}

/** What the owners of the pods want there to be; a pod without one counts for itself. */
function expectedPods(store: Registry['store'], pods: readonly Stored[], namespace: string): number {
  const owned = new Map<string, number>();
  let alone = 0;
  for (const pod of pods) {
    const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
    const set = owner === undefined ? undefined : store.get(`${owner.kind.toLowerCase()}s.apps`, namespace, owner.name);
    const replicas = set === undefined ? undefined : specOf(set).replicas;
    if (owner !== undefined && typeof replicas === 'number') owned.set(owner.uid, replicas);
    else alone += 1;
  }
  return [...owned.values()].reduce((sum, replicas) => sum + replicas, alone);
}

/** A number, or a percentage of `whole` rounded up. */
function share(amount: unknown, whole: number): number {
  const text = String(amount);
  return text.endsWith('%') ? Math.ceil((Number(text.slice(0, -1)) / 100) * whole) : Number(amount);
}

function specOf(object: Stored): Draft {
  return isObject(object.spec) ? object.spec : {};
}

function phaseOf(pod: Stored): string {
  return isObject(pod.status) ? String(pod.status.phase) : '';
}

function isReady(pod: Stored): boolean {
  const conditions =
    isObject(pod.status) && Array.isArray(pod.status.conditions) ? pod.status.conditions.filter(isObject) : [];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
