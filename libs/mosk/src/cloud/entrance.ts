import type { Secret } from '@keelson/api';
import { equalJson } from '@keelson/std';
import { textIn } from '../objects/secret-text.js';

/** Where the administrator's generated credential is, in the cloud's namespace. */
export const adminSecretName = 'generated-keystone-admin';
/** Where a cloud tells how it is entered from inside its cluster: `clouds.yaml`, and by key what of it others need. */
export const entranceSecretName = 'keystone-os-clouds';

/** Who may do everything in a cloud, and where to sign in. */
export interface AdminCredential {
  readonly username: string;
  readonly password: string;
  /** The identity API inside the cluster, with its version. */
  readonly authUrl: string;
  readonly project: string;
}

/** What is made of a credential, kept as long as the same is asked for: one session, with its token, for all calls. */
export function perCredential<C>(make: (credential: AdminCredential) => C): (credential: AdminCredential) => C {
  let known: { readonly credential: AdminCredential; readonly made: C } | undefined;
  return (credential) => {
    if (known === undefined || !equalJson(known.credential, credential)) known = { credential, made: make(credential) };
    return known.made;
  };
}

/** What there is until the cloud tells: nobody answers there yet. */
const unknown = { authUrl: 'http://keystone-api.openstack.svc.cluster.local:5000/v3', project: 'admin' };

/** Undefined while there is no administrator. */
export function adminCredentialOf(
  admin: Secret | undefined,
  entrance: Secret | undefined,
): AdminCredential | undefined {
  const [username, password] = [textIn(admin, 'username'), textIn(admin, 'password')];
  if (username === undefined || password === undefined) return undefined;
  return {
    username,
    password,
    authUrl: textIn(entrance, 'auth_url') ?? unknown.authUrl,
    project: textIn(entrance, 'project_name') ?? unknown.project,
  };
}
