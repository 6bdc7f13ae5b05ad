import { type Engine, forbidden, type KindDescriptor, type User } from '@keelson/kube-server';

export interface Wanted {
  readonly verb: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** @throws ApiError 403 in Kubernetes' words when the engine's rules do not allow it */
export function requirePermission(engine: Engine, user: User, kind: KindDescriptor, wanted: Wanted): void {
  const { verb, namespace, name = '', subresource } = wanted;
  const { allowed } = engine.authorize(user, {
    verb,
    group: kind.group,
    version: kind.version,
    resource: kind.plural,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
  });
  if (allowed) return;
  const resource = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  throw forbidden(
    kind,
    name,
    `User "${user.name}" cannot ${verb} resource "${resource}" in API group "${kind.group}" ${where}`,
  );
}
