import type { KindDescriptor } from '../kinds/descriptor.js';
import type { Call, User } from '../registry/context.js';
import type { Query } from '../registry/options.js';

/** The administrator in the same process: all rights, without a credential. */
export const systemMasters: User = { name: 'system:admin', groups: ['system:masters', 'system:authenticated'] };

/** A call that the engine makes to itself. */
export function callFor(kind: KindDescriptor, namespace: string | undefined, user: User, query: Query = {}): Call {
  return {
    kind,
    namespace: kind.namespaced ? namespace : undefined,
    query,
    user,
    userAgent: 'kube-apiserver',
    warnings: [],
  };
}

const batch = 64;

/** Runs `work` for every item, a few at a time; stops at the first failure. */
export async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += batch) await Promise.all(items.slice(from, from + batch).map(work));
}
