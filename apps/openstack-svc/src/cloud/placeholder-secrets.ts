import { type CloudSecrets, type CredentialNeed, secretNameOf } from './cloud.js';
import { terminal } from '@keelson/std';

/**
 * Secrets for looking at a cloud without having one: each value names the Secret and the key where the real one is kept, in
 * characters that no URL escapes. Users have the names that they begin with.
 */
export function placeholderSecrets(needs: readonly CredentialNeed[]): CloudSecrets {
  const byName = new Map(needs.map((need) => [need.name, need]));
  const find = (name: string): CredentialNeed => {
    const need = byName.get(name);
    if (need !== undefined) return need;
    throw terminal(`Rendering OpenStack: no service declares the credential ${name}`, { reason: 'UnknownCredential' });
  };
  const place = (name: string, key: string): string => `(secret.${secretNameOf(find(name).name)}.${key})`;
  return {
    user: (name) => {
      const need = find(name);
      return { username: need.sort === 'user' ? need.username : name, password: place(name, 'password') };
    },
    key: (name) => place(name, 'value'),
    certificate: (name) => ({
      certificate: place(name, 'tls.crt'),
      key: place(name, 'tls.key'),
      authority: place(name, 'ca.crt'),
    }),
    valueFrom: ({ name, key }) => `(secret.${name}.${key})`,
    upcoming: () => [],
    former: () => [],
  };
}
