import { isFailure, sha256Json, terminal } from '@keelson/std';
import { dump, load } from 'js-yaml';

/** Where a kubeconfig leads and whom it trusts. */
export interface AccessPoint {
  readonly clusters: readonly unknown[];
  /** Digest of it. */
  readonly id: string;
}

/** The cluster of a kubeconfig that this service has written; its user is left behind. */
export function pointOf(kubeconfig: string): AccessPoint {
  const { clusters } = sectionsOf(kubeconfig);
  if (!Array.isArray(clusters) || clusters.length === 0)
    throw terminal('the kubeconfig of the administrator names no cluster', { reason: 'BadKubeconfig' });
  return { clusters, id: sha256Json(clusters).slice(0, 16) };
}

/** A kubeconfig to the same API for another user, by a token. */
export function tokenKubeconfig({ clusters }: AccessPoint, user: string, token: string): string {
  const [first] = clusters;
  const cluster = typeof first === 'object' && first !== null ? String(Reflect.get(first, 'name')) : '';
  const name = `${user}@${cluster}`;
  return dump(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters,
      users: [{ name: user, user: { token } }],
      contexts: [{ name, context: { cluster, user } }],
      'current-context': name,
    },
    { lineWidth: -1 },
  );
}

function sectionsOf(kubeconfig: string): { readonly clusters?: unknown } {
  try {
    const parsed: unknown = load(kubeconfig);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch (error) {
    // The parser's message would quote lines that hold keys.
    if (isFailure(error)) throw error;
    throw terminal('the kubeconfig of the administrator is no YAML', { reason: 'BadKubeconfig' });
  }
}
