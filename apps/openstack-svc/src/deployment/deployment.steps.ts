import {
  apiVersionOf,
  NamespaceKind,
  type ObjectKey,
  type OpenStackDeployment,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Secret,
  SecretKind,
} from '@keelson/api';
import type { StepTable, Writer } from '@keelson/reconcile';
import { isFailure } from '@keelson/std';
import type { CredentialNeed } from '../cloud/cloud.js';
import { newCredential, upcomingCredential, type UserNeed } from '../credentials/generate.js';

interface Made {
  readonly namespace: string;
  readonly rotation: number;
  readonly now: number;
}
/** @see Making.issuer */
interface Signed {
  readonly issuer: Secret | undefined;
}
export type DeploymentStep =
  | { readonly type: 'makeNamespace'; readonly name: string }
  | ({ readonly type: 'generate'; readonly need: CredentialNeed } & Made & Signed)
  | ({ readonly type: 'prepareRotation'; readonly need: UserNeed } & Made)
  | ({ readonly type: 'renew'; readonly need: CredentialNeed } & Made & Signed)
  | { readonly type: 'makeStatus'; readonly deployment: OpenStackDeployment }
  | { readonly type: 'publish'; readonly secret: Secret }
  | { readonly type: 'withdraw'; readonly key: ObjectKey };

export const deploymentSteps: StepTable<DeploymentStep> = {
  makeNamespace: {
    describe: ({ name }) => `make the namespace ${name}`,
    run: async ({ name }, writer) => {
      await writer.apply(NamespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    },
  },
  generate: {
    describe: ({ need }) => `generate the credential ${need.name}`,
    run: ({ need, ...making }, writer) => madeOnce(newCredential(need, making), writer),
  },
  prepareRotation: {
    describe: ({ need, rotation }) =>
      `generate what follows the credential ${need.name} (rotation ${rotation}); it is not used before its account is there`,
    run: ({ need, namespace, now, rotation }, writer) =>
      madeOnce(upcomingCredential(need, namespace, now, rotation), writer),
  },
  renew: {
    describe: ({ need }) => `make the certificate ${need.name} anew: it ends soon, or is for other names`,
    run: async ({ need, ...making }, writer) => {
      await writer.apply(SecretKind, newCredential(need, making), { force: true });
    },
  },
  makeStatus: {
    describe: ({ deployment }) => `make the OpenStackDeploymentStatus ${deployment.metadata.name}`,
    run: async ({ deployment }, writer) => {
      await writer.apply(OpenStackDeploymentStatusKind, statusObject(deployment), { force: true });
    },
  },
  publish: {
    describe: ({ secret }) => `hand over the Secret ${secret.metadata.namespace ?? ''}/${secret.metadata.name}`,
    run: async ({ secret }, writer) => {
      await writer.apply(SecretKind, secret, { force: true });
    },
  },
  withdraw: {
    describe: ({ key }) =>
      `remove the Secret ${key.namespace ?? ''}/${key.name}: what it is about is no longer offered`,
    run: async ({ key }, writer) => {
      await writer.delete(SecretKind, key);
    },
  },
};

/** What is there stays: a credential is made once. */
async function madeOnce(secret: Secret, writer: Writer): Promise<void> {
  try {
    await writer.create(SecretKind, secret);
  } catch (error) {
    if (!isFailure(error, 'conflict')) throw error;
  }
}

/** It goes with the OpenStackDeployment. */
function statusObject({ apiVersion, kind, metadata }: OpenStackDeployment): OpenStackDeploymentStatus {
  return {
    apiVersion: apiVersionOf(OpenStackDeploymentStatusKind),
    kind: OpenStackDeploymentStatusKind.kind,
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' }],
    },
  };
}
