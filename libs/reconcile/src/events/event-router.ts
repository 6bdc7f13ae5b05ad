import { type Kind, type KubeObject, keyOf, keyText, type ObjectKey } from '@keelson/api';
import type { CachedKind, ChangeType } from '@keelson/kube';
import { equalJson, type Log, messageOf } from '@keelson/std';
import { kindId } from '../kinds.js';
import { cacheReader } from '../pass/cache-reader.js';
import type { OwnWrites } from '../pass/own-writes.js';
import { indexName } from '../pass/scope.js';
import type { Worker } from '../pass/worker.js';
import type { Priority } from '../queue/work-queue.js';
import type { AnyReconciler, Input } from '../reconciler.js';
import type { History } from '../records/history.js';

export interface RouterOptions {
  readonly workers: readonly Worker[];
  readonly history: History;
  readonly written: OwnWrites;
  readonly log: Log;
}

interface Route {
  readonly worker: Worker;
  /** undefined: the kind is the reconciler's own. */
  readonly input: Input | undefined;
}

/** Carries every change that the caches see to the reconcilers it matters to, and to the history. */
export class EventRouter {
  readonly #options: RouterOptions;
  readonly #routes = new Map<string, Route[]>();

  constructor(options: RouterOptions) {
    this.#options = options;
    for (const worker of options.workers) {
      this.#route(worker.kit.reconciler.kind, { worker, input: undefined });
      for (const input of worker.kit.reconciler.inputs) this.#route(input.kind, { worker, input });
    }
  }

  take(kind: Kind, type: ChangeType, object: KubeObject, before: KubeObject | undefined): void {
    const { written, history } = this.#options;
    const routes = this.#routes.get(kindId(kind)) ?? [];
    const echoes = new Set(
      routes
        .filter(({ worker }) => written.isEcho(kind, object, worker.kit.reconciler.name))
        .map(({ worker }) => worker),
    );
    written.seen(kind, type, object);
    history.seen(kind, type, object);
    for (const { worker, input } of routes) {
      if (type !== 'DELETED' && !matters(input ?? worker.kit.reconciler, object, before)) continue;
      if (input !== undefined) this.#wakeMapped(worker, input, object, before);
      else if (type === 'DELETED') worker.forget(keyOf(object));
      else if (!echoes.has(worker))
        worker.add(keyOf(object), priorityOf(object, before), object.metadata.resourceVersion);
    }
  }

  #route(kind: Kind, route: Route): void {
    const id = kindId(kind);
    this.#routes.set(id, [...(this.#routes.get(id) ?? []), route]);
  }

  /**
   * Own objects that the object had to do with before and has to do with now, each once: work begins at the first word,
   * and a second one would have it done all over again.
   */
  #wakeMapped(worker: Worker, input: Input, object: KubeObject, before: KubeObject | undefined): void {
    const { caches, written, scope, clock } = worker.kit;
    const reader = cacheReader(caches, written, scope, clock.now());
    const found = [object, before].flatMap((version): readonly ObjectKey[] => {
      try {
        return version === undefined ? [] : input.mapToOwn(version, reader);
      } catch (error) {
        this.#options.log.error(
          `${scope.reconciler} cannot tell what ${input.kind.kind} ${object.metadata.name} matters to: ${messageOf(error)}`,
        );
        return [];
      }
    });
    const keys = new Map(found.map((key) => [keyText(key), key]));
    for (const key of keys.values()) worker.add(key, 'progress');
  }
}

/** Whether a change touched what is cared for; a deletion and what leads to it always do. */
function matters(cared: Pick<Input, 'relevant'>, object: KubeObject, before: KubeObject | undefined): boolean {
  if (cared.relevant === undefined || before === undefined || before === object) return true;
  if (object.metadata.deletionTimestamp !== before.metadata.deletionTimestamp) return true;
  return !equalJson(cared.relevant(object), cared.relevant(before));
}

/**
 * A person's change goes first: another spec, labels or annotations, a deletion. Others' status is progress, and so is a
 * new object: of a thousand made at once, those begun are finished before the next are begun.
 */
function priorityOf({ metadata }: KubeObject, before: KubeObject | undefined): Priority {
  if (before === undefined) return 'progress';
  const was = before.metadata;
  const isSame =
    metadata.generation === was.generation &&
    metadata.deletionTimestamp === was.deletionTimestamp &&
    equalJson(metadata.labels, was.labels) &&
    equalJson(metadata.annotations, was.annotations);
  return isSame ? 'progress' : 'change';
}

/** What the caches of a service must hold: the own kinds and inputs of all reconcilers, with every index. */
export function cachedKinds(reconcilers: readonly AnyReconciler[]): CachedKind[] {
  return reconcilers.flatMap(({ name, kind, inputs }): CachedKind[] => [
    { kind },
    ...inputs.map((input) => ({
      kind: input.kind,
      ...input.selection,
      indices: Object.fromEntries(
        Object.entries(input.indices ?? {}).map(([index, valuesOf]) => [indexName(name, index), valuesOf]),
      ),
    })),
  ]);
}
