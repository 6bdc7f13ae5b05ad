import { apiVersionOf, type Kind, type KubeObject } from '@keelson/api';

/** An object of a kind with what else is said of it; without `within` it has no namespace. */
export const object = (kind: Kind, name: string, body: object, within?: string): KubeObject => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { name, ...(within === undefined ? {} : { namespace: within }) },
  ...body,
});
