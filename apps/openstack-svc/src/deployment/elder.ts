import { type OpenStackDeployment, OpenStackDeploymentKind } from '@keelson/api';
import type { Reader } from '@keelson/reconcile';

/** The OpenStackDeployment of the cluster that was there before this one; undefined for the first. */
export function elderOf(reader: Reader, { metadata }: OpenStackDeployment): OpenStackDeployment | undefined {
  const ageOf = (other: OpenStackDeployment): string =>
    `${other.metadata.creationTimestamp ?? ''} ${other.metadata.namespace ?? ''}/${other.metadata.name}`;
  const [first] = [...reader.list(OpenStackDeploymentKind)].sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1));
  return first === undefined || first.metadata.uid === metadata.uid ? undefined : first;
}
