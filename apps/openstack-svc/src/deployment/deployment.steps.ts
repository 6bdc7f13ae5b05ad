import {
  apiVersionOf,
  NamespaceKind,
  type OpenStackDeployment,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type Secret,
  SecretKind,
} from '@keelson/api';
import type { StepTable } from '@keelson/reconcile';
import { isFailure } from '@keelson/std';
import { type CredentialNeed, secretNameOf } from '../cloud/cloud.js';
import { newCredential, type UserNeed } from '../credentials/generate.js';

interface Made {
  readonly namespace: string;
  readonly rotation: number;
  readonly now: number;
}
export type DeploymentStep =
  | { readonly type: 'makeNamespace'; readonly name: string }
  | ({ readonly type: 'generate'; readonly need: CredentialNeed } & Made)
  | ({ readonly type: 'rotate'; readonly need: UserNeed; readonly backup: Secret } & Made)
  | { readonly type: 'makeStatus'; readonly deployment: OpenStackDeployment }
  | { readonly type: 'publish'; readonly secret: Secret };

export const deploymentSteps: StepTable<DeploymentStep> = {
  makeNamespace: {
    describe: ({ name }) => `make the namespace ${name}`,
    run: async ({ name }, writer) => {
      await writer.apply(NamespaceKind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    },
  },
  generate: {
    describe: ({ need }) => `generate the credential ${need.name}`,
    // What is there stays: a credential is made once.
    run: async ({ need, namespace, now, rotation }, writer) => {
      try {
        await writer.create(SecretKind, newCredential(need, namespace, now, rotation));
      } catch (error) {
        if (!isFailure(error, 'conflict')) throw error;
      }
    },
  },
  rotate: {
    describe: ({ need, rotation }) =>
      `rotate the credential ${need.name} (rotation ${rotation}); the old one stays as its backup`,
    run: async ({ need, backup, namespace, now, rotation }, writer) => {
      await writer.apply(SecretKind, backup, { force: true });
      const { data, metadata } = newCredential(need, namespace, now, rotation);
      const patch = { metadata: { annotations: metadata.annotations }, data };
      await writer.patch(SecretKind, { namespace, name: secretNameOf(need.name) }, patch);
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
};

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
