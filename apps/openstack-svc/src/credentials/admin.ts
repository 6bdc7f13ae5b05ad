import { type Secret, SecretKind } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import type { Reader } from '@keelson/reconcile';
import { secretNameOf } from '../cloud/cloud.js';
import type { AdminCredential } from '../locks/hypervisors.js';
import { namespaces } from '../names.js';

/** Where the administrator's generated credential is. */
export const adminSecret = { namespace: namespaces.cloud, name: secretNameOf('keystone-admin') };

/** The administrator's credential; undefined while there is none. */
export function adminCredentialIn(reader: Reader): AdminCredential | undefined {
  return adminCredentialOf(reader.get(SecretKind, adminSecret));
}

export function adminCredentialOf(secret: Secret | undefined): AdminCredential | undefined {
  const [username, password] = [textIn(secret, 'username'), textIn(secret, 'password')];
  return username === undefined || password === undefined ? undefined : { username, password };
}
