import { type ConfigMap, type HelmBundle, type Kind, type ObjectKey, keyText } from '@keelson/api';
import { sha256Json } from '@keelson/std';
import { z } from 'zod';

/** An object that a release has made, with all that is needed to ask for it and to delete it. */
const ManifestSchema = z.object({
  group: z.string(),
  version: z.string(),
  kind: z.string(),
  plural: z.string(),
  scope: z.enum(['Namespaced', 'Cluster']),
  namespace: z.string().optional(),
  name: z.string(),
});
export type Manifest = z.infer<typeof ManifestSchema>;

const InstalledSchema = z.object({
  name: z.string(),
  namespace: z.string(),
  revision: z.int(),
  hash: z.string(),
  /** Pending from before its first object is written until its last is, and what is no longer of it is deleted. */
  state: z.enum(['pending-install', 'pending-upgrade', 'deployed']),
  chart: z.string(),
  version: z.string().optional(),
  attempt: z.int(),
  finishedAt: z.string().optional(),
  objects: z.array(ManifestSchema),
});

/**
 * What the cluster says of a release that is installed there: a ConfigMap in the release's namespace. It is written
 * before the objects are and after they were, so that no crash leaves an object that nobody knows of.
 */
export type Installed = z.infer<typeof InstalledSchema>;

export const bundleLabel = 'keelson.dev/helm-bundle';
const field = 'release';

/** The value of the label by which the records of a bundle are found. */
export function bundleId(bundle: ObjectKey): string {
  return sha256Json(keyText(bundle)).slice(0, 32);
}

export function recordNameOf(release: string): string {
  return `keelson.release.${release}`;
}

export function recordOf(
  bundle: ObjectKey,
  installed: Installed,
  labels: Readonly<Record<string, string>> = {},
): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: recordNameOf(installed.name),
      namespace: installed.namespace,
      labels: { ...labels, [bundleLabel]: bundleId(bundle) },
      annotations: { 'keelson.dev/helm-bundle': keyText(bundle) },
    },
    data: { [field]: JSON.stringify(installed) },
  };
}

/** Undefined for a record that is not understood: its release then counts as not installed and is written anew. */
export function installedIn(record: ConfigMap): Installed | undefined {
  try {
    return InstalledSchema.safeParse(JSON.parse(record.data?.[field] ?? 'null')).data;
  } catch {
    return undefined;
  }
}

export function kindOfManifest({ group, version, kind, plural, scope }: Manifest): Kind {
  return { group, version, kind, plural, scope, hasStatus: false };
}

export function keyOfManifest({ namespace, name }: Manifest): ObjectKey {
  return namespace === undefined ? { name } : { namespace, name };
}

/** `Deployment demo/web`. */
export function textOfManifest(manifest: Manifest): string {
  return `${manifest.kind} ${keyText(keyOfManifest(manifest))}`;
}

export function keyOfBundle({ metadata }: HelmBundle): ObjectKey {
  return { namespace: metadata.namespace, name: metadata.name };
}
