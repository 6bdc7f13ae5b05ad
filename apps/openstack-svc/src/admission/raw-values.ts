import { isRecord, type JsonRecord } from '../render/json.js';

/** What is read of the raw values of a chart, as members of them or of those. */
const read: Readonly<Record<string, readonly string[] | 'whole'>> = {
  conf: 'whole',
  images: ['tags'],
  pod: ['replicas', 'resources'],
  volume: 'whole',
  // Of back ends of volumes and shares.
  labels: 'whole',
  jobs: ['fernet_rotate', 'credential_rotate'],
  manifests: ['cron_fernet_rotate', 'cron_credential_rotate'],
};
const readPaths =
  'conf, images.tags, pod.replicas, pod.resources, volume, labels of back ends and what the README names';

/** Sentences about raw values that nothing reads: those of a Helm chart, of which there is none here. */
export function unreadValues(spec: object): readonly string[] {
  const { services, common } = { services: undefined, common: undefined, ...spec };
  return [...valuesIn(common, ['common'], 2), ...valuesIn(services, ['services'], 3)].flatMap(([path, values]) =>
    unreadIn(values).map(
      (name) => `spec.${[...path, name].join('.')} has no effect: of raw values are read ${readPaths}`,
    ),
  );
}

/** Members called `values`, each with its path. They are not deeper than the DaemonSets of a chart. */
function valuesIn(
  value: unknown,
  path: readonly string[],
  depth: number,
): readonly (readonly [readonly string[], JsonRecord])[] {
  if (!isRecord(value) || depth < 0) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const at = [...path, name];
    if (name === 'values') return isRecord(member) ? [[at, member] as const] : [];
    return valuesIn(member, at, depth - 1);
  });
}

function unreadIn(values: JsonRecord): readonly string[] {
  return Object.entries(values).flatMap(([name, member]) => {
    const known = read[name];
    if (known === 'whole') return [];
    if (known === undefined || !isRecord(member)) return [name];
    return Object.keys(member).flatMap((part) => (known.includes(part) ? [] : [`${name}.${part}`]));
  });
}
