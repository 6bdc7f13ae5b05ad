import { type ObjectKey, keyText } from '@keelson/api';

/** A pod that a disruption budget holds, by the answer to its eviction. */
export interface Refusal {
  readonly pod: ObjectKey;
  /** Name of the budget, where the answer gives one. */
  readonly budget: string | undefined;
  /** The server's own words. */
  readonly message: string;
}

/** What the last evictions on each node were answered. A process that dies forgets it and asks again. */
export class Refusals {
  readonly #byNode = new Map<string, readonly Refusal[]>();

  of(cluster: ObjectKey, node: string): readonly Refusal[] {
    return this.#byNode.get(idOf(cluster, node)) ?? [];
  }

  set(cluster: ObjectKey, node: string, refusals: readonly Refusal[]): void {
    if (refusals.length === 0) this.#byNode.delete(idOf(cluster, node));
    else this.#byNode.set(idOf(cluster, node), refusals);
  }
}

/** Kubernetes' own words for it. Source: kubernetes, pkg/registry/core/pod/storage/eviction.go. */
const namesBudget = /The disruption budget (\S+) /;

export function refusalOf(pod: ObjectKey, message: string): Refusal {
  return { pod, budget: namesBudget.exec(message)?.[1], message };
}

function idOf(cluster: ObjectKey, node: string): string {
  return `${keyText(cluster)}/${node}`;
}
