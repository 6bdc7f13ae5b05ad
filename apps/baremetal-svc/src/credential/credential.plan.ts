import { annotations, keyOf } from '@keelson/api';
import { type Plan, blockedBy, settled } from '@keelson/reconcile';
import type { AccountView, CredentialWorld } from './credential.observe.js';
import type { CredentialStep } from './credential.steps.js';

/** First the Secrets, then the blanks: a crash in between leaves the password twice and never nowhere. */
export function planCredential(world: CredentialWorld): Plan<CredentialStep> {
  const { credential, accounts } = world;
  if (credential.metadata.deletionTimestamp !== undefined) return { steps: [], outcome: settled };
  const stores = accounts.flatMap((account) => storeSteps(world, account));
  const written = accounts.filter((account) => account.value !== undefined);
  const hasOldManifest = credential.metadata.annotations?.[annotations.lastApplied] !== undefined;
  const blank: CredentialStep[] =
    written.length > 0 || hasOldManifest
      ? [{ type: 'blank', key: keyOf(credential), accounts: written.map(namesOf), dropsManifest: hasOldManifest }]
      : [];
  const problem = problemOf(world);
  const on = {
    kind: 'Secret',
    ...(credential.metadata.namespace === undefined ? {} : { namespace: credential.metadata.namespace }),
    name: accounts[0]?.secretName ?? '',
  };
  return {
    steps: [...stores, ...blank],
    outcome: problem === undefined ? settled : blockedBy(on, 'PasswordMissing', problem),
  };
}

/** What is missing of the account, as a sentence; undefined when it is whole. */
export function problemOf({ accounts }: CredentialWorld): string | undefined {
  for (const { field, value, secret, secretName, secretKey } of accounts) {
    if (value !== undefined) continue;
    if (secret === undefined)
      return `Secret ${secretName} does not exist. Write the password into spec.${field}.value; it is then moved to that Secret.`;
    if ((secret.data?.[secretKey] ?? '') === '')
      return `Secret ${secretName} has no key ${secretKey}. Write the password into spec.${field}.value.`;
  }
  return undefined;
}

function storeSteps({ credential }: CredentialWorld, account: AccountView): CredentialStep[] {
  const { value, secret, username } = account;
  const storedName = secret?.data?.['username'];
  const isRenamed =
    secret !== undefined && storedName !== undefined && Buffer.from(storedName, 'base64').toString('utf8') !== username;
  // A Secret that an operator made without a user name gets one: BareMetalHosts read both from it.
  const lacksName = secret !== undefined && storedName === undefined;
  if (value === undefined && !isRenamed && !lacksName) return [];
  return [
    {
      type: 'store',
      credential,
      secretName: account.secretName,
      secretKey: account.secretKey,
      username,
      password: value,
    },
  ];
}

function namesOf({ field, secretName, secretKey }: AccountView): {
  field: AccountView['field'];
  secretName: string;
  secretKey: string;
} {
  return { field, secretName, secretKey };
}
