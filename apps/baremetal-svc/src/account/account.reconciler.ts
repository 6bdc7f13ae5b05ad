import {
  type BareMetalHost,
  BareMetalHostKind,
  finalizers,
  keyOf,
  keyText,
  parseKey,
  type Secret,
  SecretKind,
} from '@keelson/api';
import { input, type Reader, type Reconciler } from '@keelson/reconcile';
import { type AccountStep, type AccountWorld, planAccount } from './account.plan.js';

/**
 * Lets go of Secrets that hosts held and need no longer. A host may be gone, its process may have died since, and two may
 * share one account: so it is the Secret that is looked at, not the host.
 */
export function accountReconciler(): Reconciler<Secret, AccountWorld, AccountStep> {
  return {
    name: 'baremetal/account',
    kind: SecretKind,
    summary: 'Lets go of Secrets with accounts of BMCs that no BareMetalHost needs any longer.',
    inputs: [
      input({
        kind: BareMetalHostKind,
        mapToOwn: (host) => accountOf(host).map(parseKey),
        relevant: (host) => accountOf(host),
        indices: { account: accountOf },
      }),
    ],
    outputs: [{ kind: SecretKind, mode: 'shared', verbs: ['patch'] }],
    concurrency: 8,
    resyncSeconds: 3600,
    relevant: ({ metadata }) => metadata.finalizers,
    observe: async (reader, secret) => observeAccount(reader, secret),
    plan: planAccount,
    steps: {
      release: {
        describe: ({ secret }) => `let Secret ${keyText(keyOf(secret))} go, which no host needs`,
        run: ({ secret }, writer) => writer.removeFinalizer(secret, finalizers.hostSecret),
      },
    },
    status: () => undefined,
  };
}

function observeAccount(reader: Reader, secret: Secret): AccountWorld {
  const [host] = reader.byIndex(BareMetalHostKind, 'account', keyText(keyOf(secret)));
  return { secret: { metadata: secret.metadata }, host: host?.metadata.name };
}

/** The Secret that a host needs: a host that others hold after it has let go needs none. */
function accountOf({ metadata, spec }: BareMetalHost): string[] {
  const hasLetGo = metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizers.host) !== true;
  const name = spec.bmc?.credentialsName ?? '';
  return hasLetGo || name === '' ? [] : [keyText({ namespace: metadata.namespace, name })];
}
