import { type Secret, SecretKind } from '@keelson/api';
import type { ChildApi } from '../clusters/child-api.js';
import { openstackNamespace } from './cluster-facts.js';

/** The files in Secrets of the cloud, as text by their keys; Secrets that are not there are passed over. */
export async function filesIn(
  api: Pick<ChildApi, 'get'>,
  secrets: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    secrets.map((name) => api.get<Secret>(SecretKind, { namespace: openstackNamespace, name })),
  );
  return new Map(
    found.flatMap((secret) =>
      Object.entries(secret?.data ?? {}).map(
        ([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')] as const,
      ),
    ),
  );
}

/** An option of an INI file whose values are one line each. */
export function optionIn(ini: string, section: string, option: string): string | undefined {
  let current = '';
  for (const line of ini.split('\n')) {
    current = /^\[(.+)\]$/u.exec(line.trim())?.[1] ?? current;
    const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/u.exec(line) ?? [];
    if (current === section && name === option) return value;
  }
  return undefined;
}
