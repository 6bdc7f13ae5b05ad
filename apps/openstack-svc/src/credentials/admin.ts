import { SecretKind } from '@keelson/api';
import { type AdminCredential, adminCredentialOf, adminSecretName, entranceSecretName } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { namespaces } from '../names.js';

/** Where the administrator's generated credential is. */
export const adminSecret = { namespace: namespaces.cloud, name: adminSecretName };
/** Where the cloud tells how it is entered. */
export const entranceSecret = { namespace: namespaces.cloud, name: entranceSecretName };

/** The administrator's credential; undefined while there is none. */
export function adminCredentialIn(reader: Reader): AdminCredential | undefined {
  return adminCredentialOf(reader.get(SecretKind, adminSecret), reader.get(SecretKind, entranceSecret));
}
