import type { KubeObject, OwnerReference } from '@keelson/api';
import { sha256Json } from '@keelson/std';

/** On every object that is rendered: digest of what was applied. */
export const digestAnnotation = 'keelson.dev/applied-digest';

/** Who an object belongs to. */
export interface Belonging {
  /** By which it is found again. */
  readonly labels: Readonly<Record<string, string>>;
  /** The owner's namespace: only what is in it can be owned by it. */
  readonly namespace: string;
  readonly owner: OwnerReference;
}

/**
 * A rendered object as it is applied: labelled, owned so that it goes with its owner, and with the digest of its
 * content. Clear text of Secrets is written the way the API keeps it, so that the two can be compared.
 */
export function prepared(object: KubeObject, { labels: own, namespace, owner }: Belonging): KubeObject {
  const whole = withStoredData(object);
  const { labels, annotations, ...metadata } = whole.metadata;
  return {
    ...whole,
    metadata: {
      ...metadata,
      labels: { ...labels, ...own },
      annotations: { ...annotations, [digestAnnotation]: digestOf(whole) },
      ...(metadata.namespace === namespace ? { ownerReferences: [owner] } : {}),
    },
  };
}

/** Digest of an object's content. */
export function digestOf(object: KubeObject): string {
  return sha256Json(object).slice(0, 16);
}

/** The digest an object carries; undefined when it was never applied from here. */
export function appliedDigest(object: KubeObject | undefined): string | undefined {
  return object?.metadata.annotations?.[digestAnnotation];
}

function withStoredData(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret' || !('stringData' in object)) return object;
  const { stringData, ...rest } = object;
  const own = 'data' in rest && typeof rest.data === 'object' ? rest.data : {};
  const given = Object.entries(typeof stringData === 'object' && stringData !== null ? stringData : {});
  const data = Object.fromEntries(
    given.map(([key, text]) => [key, Buffer.from(String(text), 'utf8').toString('base64')]),
  );
  const stored: KubeObject & { data: object } = { ...rest, data: { ...own, ...data } };
  return stored;
}
