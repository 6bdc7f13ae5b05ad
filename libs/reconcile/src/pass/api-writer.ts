import { type Kind, type KubeObject, keyOf, type ObjectKey, ServiceAccountKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { rfc3339, type Clock, transient } from '@keelson/std';
import type { ReconcileMetrics } from '../metrics.js';
import type { Reader, Writer } from '../reconciler.js';
import type { OwnWrites } from './own-writes.js';
import type { Scope } from './scope.js';

export interface WriterOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly scope: Scope;
  readonly written: OwnWrites;
  readonly metrics: ReconcileMetrics;
  /** What the caches know, to tell what a deletion leaves behind. */
  readonly known: Pick<Reader, 'get'>;
  /** False once the lease is lost: then nothing is written any more. */
  readonly mayWrite: () => boolean;
}

/** Writes the declared outputs of one reconciler as its own field manager, and remembers what it wrote. */
export function apiWriter(options: WriterOptions): Writer {
  const { api, scope, written, clock } = options;
  const fieldManager = scope.reconciler;
  const counted = async <A>(kind: Kind, verb: string, write: () => Promise<A>): Promise<A> => {
    if (!options.mayWrite())
      throw transient(`${fieldManager} is no longer the leader and writes nothing`, { reason: 'NotLeader' });
    options.metrics.apiWrite(fieldManager, verb, kind.kind);
    return write();
  };
  const remembered = async <T extends KubeObject>(kind: Kind<T>, verb: string, write: () => Promise<T>): Promise<T> => {
    const object = await counted(kind, verb, write);
    written.wrote(kind, object);
    return object;
  };
  const setFinalizers = async (object: KubeObject, finalizers: string[]): Promise<void> => {
    scope.mustWrite(scope.ownKind, 'patch');
    const patch = { metadata: { resourceVersion: object.metadata.resourceVersion, finalizers } };
    await remembered(scope.ownKind, 'patch', () => api.patch(scope.ownKind, keyOf(object), patch, { fieldManager }));
  };
  return {
    async create(kind, object) {
      scope.mustWrite(kind, 'create');
      return remembered(kind, 'create', () => api.create(object, { fieldManager }));
    },
    async apply(kind, object, applying = {}) {
      scope.mustWrite(kind, applying.subresource === 'status' ? 'status' : 'apply');
      return remembered(kind, 'apply', () => api.apply(object, { ...applying, fieldManager }));
    },
    async patch(kind, key, patch, patching = {}) {
      scope.mustWrite(kind, patching.subresource === 'status' ? 'status' : 'patch');
      return remembered(kind, 'patch', () => api.patch(kind, key, patch, { ...patching, fieldManager }));
    },
    async delete(kind, key, deleting) {
      scope.mustWrite(kind, 'delete');
      const before = knownOf(options.known, kind, key);
      await counted(kind, 'delete', () => api.delete(kind, key, deleting));
      written.deleted(kind, key, before, rfc3339(clock.now()));
    },
    async createToken(serviceAccount, request) {
      scope.mustWrite(ServiceAccountKind, 'createToken');
      return counted(ServiceAccountKind, 'createToken', () => api.createToken(serviceAccount, request));
    },
    async addFinalizer(object, finalizer) {
      const present = object.metadata.finalizers ?? [];
      if (!present.includes(finalizer)) await setFinalizers(object, [...present, finalizer]);
    },
    async removeFinalizer(object, finalizer) {
      const present = object.metadata.finalizers ?? [];
      if (present.includes(finalizer))
        await setFinalizers(
          object,
          present.filter((other) => other !== finalizer),
        );
    },
  };
}

/** An output need not be an input: what is not cached is simply not known. */
function knownOf(known: Pick<Reader, 'get'>, kind: Kind, key: ObjectKey): KubeObject | undefined {
  try {
    return known.get(kind, key);
  } catch {
    return undefined;
  }
}
