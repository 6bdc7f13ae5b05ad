import { type OpenStackDeployment, type OpenStackDeploymentSecret, OpenStackDeploymentSecretKind } from '@keelson/api';
import { input, type Reader } from '@keelson/reconcile';
import { mergeDeep } from '../cloud/merge.js';

/** An OpenStackDeployment whose spec has its hidden part: what the OpenStackDeploymentSecret of its name says, over what it says itself. */
export function withHiddenSpec(reader: Reader, deployment: OpenStackDeployment): OpenStackDeployment {
  const hidden = reader.get<OpenStackDeploymentSecret>(OpenStackDeploymentSecretKind, deployment.metadata);
  if (hidden === undefined || hidden.metadata.deletionTimestamp !== undefined) return deployment;
  const own: Readonly<Record<string, unknown>> = { ...deployment.spec };
  return { ...deployment, spec: { ...deployment.spec, ...mergeDeep(own, { ...hidden.spec }) } };
}

/** What a reconciler that reads it looks at. */
export const hiddenSpecs = input<OpenStackDeploymentSecret>({
  kind: OpenStackDeploymentSecretKind,
  mapToOwn: ({ metadata }) => [metadata],
  relevant: ({ metadata, spec }) => [metadata.deletionTimestamp, spec],
});
