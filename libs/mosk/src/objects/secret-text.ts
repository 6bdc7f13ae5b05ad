import type { Secret } from '@keelson/api';

/** The decoded value of a key; undefined when it is not there. */
export function textIn(secret: Secret | undefined, key: string): string | undefined {
  const value = secret?.data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
}
