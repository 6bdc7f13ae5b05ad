import type { Bus } from '@keelson/bus';
import type { Transition } from '@keelson/contracts';
import type { Records } from '@keelson/store';

/**
 * Records and bus as the reconcilers of one MOSK cluster see them. Clusters have objects of the same names: in the
 * service's own records, and in its news, a namespace is preceded by the cluster it is in.
 */

/** `demo/first:openstack`. */
export function scopedNamespace(cluster: string, namespace: string | undefined): string {
  return `${cluster}:${namespace ?? ''}`;
}

/** The cluster and namespace that `scopedNamespace` made; undefined for a namespace without a cluster. */
export function parseScoped(
  text: string,
): { readonly cluster: string; readonly namespace: string | undefined } | undefined {
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  const namespace = text.slice(colon + 1);
  return { cluster: text.slice(0, colon), namespace: namespace === '' ? undefined : namespace };
}

/** The service's records, narrowed to one cluster. */
export function scopedRecords(records: Records, cluster: string): Records {
  const outward = <T extends { namespace?: string | undefined }>(row: T): T => ({
    ...row,
    namespace: scopedNamespace(cluster, row.namespace),
  });
  const inward = (row: Transition): Transition => {
    const { namespace: scoped, ...rest } = row;
    const namespace = parseScoped(scoped ?? '')?.namespace;
    return namespace === undefined ? rest : { ...rest, namespace };
  };
  return {
    append: (entries) =>
      records.append(entries.map(({ transition, ...entry }) => ({ ...entry, transition: outward(transition) }))),
    history: async (query) => (await records.history(outward(query))).map(inward),
    lastStates: async (kind) => {
      const all = await records.lastStates(kind);
      const own = [...all].flatMap(([uid, { namespace, ...state }]) => {
        const scope = parseScoped(namespace ?? '');
        if (scope?.cluster !== cluster) return [];
        return [[uid, scope.namespace === undefined ? state : { ...state, namespace: scope.namespace }] as const];
      });
      return new Map(own);
    },
    drainOutbox: (limit, publish) => records.drainOutbox(limit, publish),
    // The service closes what all clusters share.
    close: () => Promise.resolve(),
  };
}

/** The service's bus without its subscriptions: the service answers for all clusters together. */
export function scopedBus(bus: Bus): Bus {
  const nothing = { stop: (): Promise<void> => Promise.resolve() };
  return {
    publish: (news, payload, options) => bus.publish(news, payload, options),
    request: (request, payload, options) => bus.request(request, payload, options),
    consume: () => Promise.resolve(nothing),
    respond: () => Promise.resolve(nothing),
    connected: () => bus.connected(),
    close: () => Promise.resolve(),
  };
}
