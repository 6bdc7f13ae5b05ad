import { osdplSecretLabel, type Secret } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import { terminal } from '@keelson/std';
import { type CloudSecrets, secretNameOf } from '../cloud/cloud.js';
import { noRotation, type Rotation } from './rotation.js';

/** Looks credentials up in the Secrets of the cloud's namespace. */
export function cloudSecrets(
  find: (name: string) => Secret | undefined,
  rotation: Pick<Rotation, 'upcoming' | 'former'> = noRotation,
): CloudSecrets {
  const generated = (name: string, key: string): string => {
    const value = textIn(find(secretNameOf(name)), key);
    if (value !== undefined) return value;
    throw terminal(`the Secret ${secretNameOf(name)} has no ${key}: delete it to have it made anew`, {
      reason: 'NoCredential',
    });
  };
  return {
    user: (name) => ({ username: generated(name, 'username'), password: generated(name, 'password') }),
    key: (name) => generated(name, 'value'),
    certificate: (name) => ({
      certificate: generated(name, 'tls.crt'),
      key: generated(name, 'tls.key'),
      authority: generated(name, 'ca.crt'),
    }),
    valueFrom: ({ name, key }) => {
      const value = textIn(find(name), key);
      if (value !== undefined) return value;
      throw terminal(`the Secret ${name} that the spec names has no key ${key}`, { reason: 'NoSecretValue' });
    },
    // One that is in force already has its account: it is only to be taken away.
    upcoming: () =>
      rotation.upcoming.flatMap(({ name, isInForce, credential }) => (isInForce ? [] : [{ name, ...credential }])),
    former: () => rotation.former,
  };
}

/** Why a Secret cannot be named by `value_from`, as the end of a sentence; undefined when it can. */
export function refusalOf(secret: Secret | undefined, key: string): string | undefined {
  if (secret === undefined) return 'does not exist';
  if (secret.metadata.labels?.[osdplSecretLabel] !== 'true') return `lacks the label ${osdplSecretLabel}=true`;
  return textIn(secret, key) === undefined ? `has no key ${key}` : undefined;
}
