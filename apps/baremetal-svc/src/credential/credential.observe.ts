import { type BareMetalHostCredential, type Secret, SecretKind } from '@keelson/api';
import type { Reader } from '@keelson/reconcile';

/** The two accounts a credential may hold. */
export type AccountName = 'password' | 'monitoringPassword';

export interface CredentialWorld {
  readonly credential: BareMetalHostCredential;
  readonly accounts: readonly AccountView[];
}

export interface AccountView {
  readonly field: AccountName;
  readonly username: string;
  /** Clear text that an operator has written and nobody has moved yet. */
  readonly value: string | undefined;
  /** The Secret the spec names, or would name. */
  readonly secretName: string;
  readonly secretKey: string;
  readonly isNamed: boolean;
  readonly secret: Secret | undefined;
}

export function observeCredential(reader: Reader, credential: BareMetalHostCredential): CredentialWorld {
  const { spec, metadata } = credential;
  const view = (field: AccountName, username: string): AccountView => {
    const named = spec[field]?.secret;
    const secretName = named?.name ?? `${metadata.name}-${field === 'password' ? 'password' : 'monitoring-password'}`;
    const value = spec[field]?.value;
    return {
      field,
      username,
      value: value === '' ? undefined : value,
      secretName,
      secretKey: named?.key ?? 'password',
      isNamed: named !== undefined,
      secret: reader.get(SecretKind, { namespace: metadata.namespace, name: secretName }),
    };
  };
  const monitoring =
    spec.monitoringPassword === undefined ? [] : [view('monitoringPassword', spec.monitoringUsername ?? spec.username)];
  return { credential, accounts: [view('password', spec.username), ...monitoring] };
}
