import type { OpenSdn, OpenStackAccess } from './opensdn.js';

/** The authority of Keystone's certificate: the ConfigMap that carries it, its key there, and where containers find it. */
export const authority = { map: 'tf-keystone-authority', file: 'ca.crt', directory: '/etc/contrail/keystone' } as const;

/**
 * Whom the APIs of config and analytics let in (`AAA_MODE`). Entry points leave it at `no-auth`, by which whoever reaches a node of the
 * control plane changes every network of the cloud. `cloud-admin` asks for a token of Keystone with the role `admin`, which neutron's
 * account and that of registrars and services have. An operator decides otherwise in the variables of the container `api` of config;
 * what else is told the mode follows.
 */
export function aaaMode({ spec }: OpenSdn): string {
  const own = spec.services?.config?.envSettings?.['api']?.env?.filter(({ name }) => name === 'AAA_MODE').at(-1);
  return own?.value ?? 'cloud-admin';
}

/** PEM of the authority that signs Keystone's certificate; undefined where Keystone speaks plain HTTP, and until it is handed over. */
export function identityAuthority(access: OpenStackAccess): string | undefined {
  const pem = access['auth_certificate_authority'];
  return isSecure(access) && pem !== '' ? pem : undefined;
}

/** True where Keystone's certificate could not be checked: it speaks HTTPS, and OpenStack has not said who signs for it. */
export function lacksAuthority(access: OpenStackAccess): boolean {
  return isSecure(access) && identityAuthority(access) === undefined;
}

/** What entry points are told of Keystone's certificate: unless they are told, they do not look at it. */
export function certificateCheck(access: OpenStackAccess): Readonly<Record<string, string>> {
  if (!isSecure(access)) return {};
  return {
    KEYSTONE_AUTH_INSECURE: 'False',
    ...(lacksAuthority(access) ? {} : { KEYSTONE_AUTH_CA_CERTFILE: `${authority.directory}/${authority.file}` }),
  };
}

function isSecure(access: OpenStackAccess): boolean {
  return access['auth_url']?.startsWith('https:') === true;
}
