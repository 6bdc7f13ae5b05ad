import { type BareMetalHostCredential, BareMetalHostCredentialKind, keyOf, SecretKind } from '@keelson/api';
import { type Input, input, type Reconciler } from '@keelson/reconcile';
import { observeCredential, type CredentialWorld } from './credential.observe.js';
import { planCredential } from './credential.plan.js';
import { credentialEvents, credentialStatus } from './credential.status.js';
import { type CredentialStep, credentialSteps } from './credential.steps.js';

/** Moves passwords of BMC accounts out of the objects in which operators write them. */
export function credentialReconciler(): Reconciler<BareMetalHostCredential, CredentialWorld, CredentialStep> {
  return {
    name: 'baremetal/credential',
    kind: BareMetalHostCredentialKind,
    summary: 'Moves passwords of BMC accounts from BareMetalHostCredentials to Secrets.',
    inputs: credentialInputs,
    outputs: [
      { kind: BareMetalHostCredentialKind, mode: 'shared', verbs: ['status', 'patch'] },
      { kind: SecretKind, mode: 'shared', verbs: ['apply'] },
    ],
    concurrency: 8,
    resyncSeconds: 3600,
    observe: async (reader, credential) => observeCredential(reader, credential),
    plan: planCredential,
    steps: credentialSteps,
    status: credentialStatus,
    events: credentialEvents,
  };
}

const credentialInputs: readonly Input[] = [
  input({
    kind: BareMetalHostCredentialKind,
    mapToOwn: () => [],
    indices: {
      secret: ({ metadata, spec }) =>
        [spec.password.secret?.name, spec.monitoringPassword?.secret?.name].flatMap((name) =>
          name === undefined ? [] : [`${metadata.namespace ?? ''}/${name}`],
        ),
    },
  }),
  input({
    kind: SecretKind,
    mapToOwn: ({ metadata }, reader) =>
      reader.byIndex(BareMetalHostCredentialKind, 'secret', `${metadata.namespace ?? ''}/${metadata.name}`).map(keyOf),
    relevant: ({ data }) => data,
  }),
];
