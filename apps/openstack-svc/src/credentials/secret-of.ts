import type { Secret } from '@keelson/api';

export interface HandedOver {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Clear text by key; what is undefined is left out. */
  readonly text: Readonly<Record<string, string | undefined>>;
}

/** A Secret for others to read. */
export function secretFor({ namespace, name, labels, text }: HandedOver): Secret {
  const data = Object.entries(text).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, Buffer.from(value, 'utf8').toString('base64')] as const],
  );
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels: { ...labels } }) },
    type: 'Opaque',
    data: Object.fromEntries(data),
  };
}
