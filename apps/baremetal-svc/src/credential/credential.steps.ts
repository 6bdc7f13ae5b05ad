import {
  annotations,
  apiVersionOf,
  type BareMetalHostCredential,
  BareMetalHostCredentialKind,
  bareMetalProvider,
  keyText,
  labels,
  type ObjectKey,
  type Secret,
  SecretKind,
} from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import type { AccountName } from './credential.observe.js';

export type CredentialStep =
  /** `password` is the clear text on its way to the Secret; no description, log or status carries it. Absent: the Secret keeps its own. */
  | {
      readonly type: 'store';
      readonly credential: BareMetalHostCredential;
      readonly secretName: string;
      readonly secretKey: string;
      readonly username: string;
      readonly password: string | undefined;
    }
  | {
      readonly type: 'blank';
      readonly key: ObjectKey;
      readonly accounts: readonly {
        readonly field: AccountName;
        readonly secretName: string;
        readonly secretKey: string;
      }[];
      readonly dropsManifest: boolean;
    };

export const credentialSteps: StepTable<CredentialStep> = {
  store: {
    describe: ({ secretName, password }) =>
      password === undefined
        ? `store the user name in Secret ${secretName}`
        : `move the password to Secret ${secretName}`,
    run: async (step, writer) => {
      await writer.apply(SecretKind, secretOf(step), { force: true });
    },
  },
  blank: {
    describe: ({ key, dropsManifest }) =>
      `blank the clear text of ${keyText(key)}${dropsManifest ? ' and drop the manifest kubectl keeps' : ''}`,
    run: async ({ key, accounts, dropsManifest }, writer) => {
      const spec = Object.fromEntries(
        accounts.map(({ field, secretName, secretKey }) => [
          field,
          { value: null, secret: { name: secretName, key: secretKey } },
        ]),
      );
      const metadata = dropsManifest ? { metadata: { annotations: { [annotations.lastApplied]: null } } } : {};
      await writer.patch(BareMetalHostCredentialKind, key, { ...metadata, ...(accounts.length > 0 ? { spec } : {}) });
    },
  },
};

function secretOf({
  credential,
  secretName,
  secretKey,
  username,
  password,
}: Extract<CredentialStep, { type: 'store' }>): Secret {
  const { metadata } = credential;
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: { [labels.provider]: bareMetalProvider },
      ownerReferences: [
        {
          apiVersion: apiVersionOf(BareMetalHostCredentialKind),
          kind: BareMetalHostCredentialKind.kind,
          name: metadata.name,
          uid: metadata.uid ?? '',
        },
      ],
    },
    data: { username: base64(username), ...(password === undefined ? {} : { [secretKey]: base64(password) }) },
  };
}
