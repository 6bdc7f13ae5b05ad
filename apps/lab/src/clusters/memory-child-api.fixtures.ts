import type { Kind, KubeObject, ObjectKey } from '@keelson/api';
import { conflict, notFound } from '@keelson/std';
import type { ChildApi, ChildWrite } from './child-api.js';

/** Objects in a map behind the port of a child cluster's API: enough for kubelets, without an engine. */
export function memoryChildApi(): ChildApi & { readonly objects: Map<string, KubeObject>; listening: string[] } {
  const objects = new Map<string, KubeObject>();
  const listeners: ((writes: readonly ChildWrite[]) => void)[] = [];
  const tell = (kind: Kind, name: string, type: ChildWrite['type']): void => {
    if (kind.kind !== 'Lease') for (const listener of listeners) listener([{ resource: kind.plural, name, type }]);
  };
  const id = (kind: Kind, key: ObjectKey): string => `${kind.kind}/${key.namespace ?? ''}/${key.name}`;
  const api: ReturnType<typeof memoryChildApi> = {
    objects,
    listening: [],
    async get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey): Promise<T | undefined> {
      return structuredClone(objects.get(id(kind, key))) as T | undefined;
    },
    async list<T extends KubeObject>(kind: Kind<T>): Promise<readonly T[]> {
      return structuredClone([...objects.values()].filter((object) => object.kind === kind.kind)) as unknown as T[];
    },
    async create(kind, object) {
      const key = id(kind, { namespace: object.metadata.namespace, name: object.metadata.name });
      if (objects.has(key)) throw conflict(`${key} exists`, { reason: 'AlreadyExists' });
      objects.set(key, structuredClone({ ...object, metadata: { uid: `uid-${objects.size}`, ...object.metadata } }));
      tell(kind, object.metadata.name, 'put');
    },
    async patch(kind, key, patch) {
      const object = objects.get(id(kind, key));
      if (object === undefined) throw notFound(`${id(kind, key)} does not exist`);
      objects.set(id(kind, key), merged(object, patch) as KubeObject);
      tell(kind, key.name, 'put');
    },
    async remove(kind, key) {
      if (objects.delete(id(kind, key))) tell(kind, key.name, 'delete');
    },
    dump: () => ({}),
    onWrite: (listener) => void listeners.push(listener),
    async listen({ host, port }) {
      const at = `${host}:${port}`;
      api.listening.push(at);
      return { close: async () => void api.listening.splice(api.listening.indexOf(at), 1) };
    },
  };
  return api;
}

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) Reflect.set(base, name, merged(Reflect.get(base, name), value));
  return base;
}
