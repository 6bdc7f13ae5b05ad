import type { OpenStackDeployment } from '@keelson/api';
import { equalJson } from '@keelson/std';

interface Known {
  readonly fingerprint: string;
  readonly content: unknown;
}

/** Remembers the spec that a status speaks of, so that the next status can say what of it was changed. Lost when the process ends. */
export class SpecMemory {
  readonly #known = new Map<string, Known>();

  /**
   * Paths of what differs from the spec that was told of; values stay out, as they may be secret.
   *
   * @param told fingerprint in the status
   * @returns undefined while nothing differs, and when the spec before is not known
   */
  changes(
    deployment: OpenStackDeployment,
    fingerprint: string,
    told: string | undefined,
  ): readonly string[] | undefined {
    const { metadata, spec, status } = deployment;
    const key = `${metadata.namespace ?? ''}/${metadata.name}`;
    const content = { spec, status: { credentials: status?.credentials, certificates: status?.certificates } };
    const before = this.#known.get(key);
    if (told === undefined || told === fingerprint) {
      this.#known.set(key, { fingerprint, content });
      return undefined;
    }
    return before?.fingerprint === told ? changedPaths(before.content, content) : undefined;
  }
}

/** Where two documents differ, as `spec.features.nova.vcpu_type`; lists differ as a whole. */
export function changedPaths(before: unknown, after: unknown, path = ''): readonly string[] {
  if (equalJson(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [path];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => changedPaths(before[name], after[name], path === '' ? name : `${path}.${name}`));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
