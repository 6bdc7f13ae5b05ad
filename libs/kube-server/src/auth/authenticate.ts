import type { Credentials } from '../engine/engine.js';
import type { User } from '../registry/context.js';
import type { OidcAuthenticator } from './oidc.js';
import type { TokenAuthority } from './tokens.js';

export const anonymous: User = Object.freeze({ name: 'system:anonymous', groups: ['system:unauthenticated'] });

const maxRemembered = 1024;

/** The certificate counts before the bearer; a wrong bearer is nobody, not even anonymous. The same credentials give the same User object. */
export function authenticator(
  tokens: TokenAuthority,
  oidc: OidcAuthenticator | undefined,
): (credentials: Credentials) => User | undefined {
  const users = new Map<string, User>();
  return ({ certificate, bearer }) => {
    if (certificate !== undefined && certificate.commonName !== '') {
      const known = users.get(certificate.fingerprintSha256);
      if (known !== undefined && known.name === certificate.commonName) return known;
      const user = certificateUser(certificate);
      if (users.size >= maxRemembered) users.clear();
      users.set(certificate.fingerprintSha256, user);
      return user;
    }
    if (bearer === undefined) return anonymous;
    const holder = tokens.verify(bearer);
    if (holder === undefined) return oidc?.verify(bearer);
    return tokens.isForUs(holder) ? holder.user : undefined;
  };
}

function certificateUser({
  commonName,
  organizations,
  fingerprintSha256,
}: NonNullable<Credentials['certificate']>): User {
  return {
    name: commonName,
    groups: [...organizations, 'system:authenticated'],
    extra: {
      'authentication.kubernetes.io/credential-id': [
        `X509SHA256=${fingerprintSha256.replaceAll(':', '').toLowerCase()}`,
      ],
    },
  };
}
