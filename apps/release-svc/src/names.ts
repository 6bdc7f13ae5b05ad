import type { Cluster, KaaSRelease, KubeObject, Machine } from '@keelson/api';
import { annotations, labels } from '@keelson/api';

/** Name of the plan of a cluster to a version: what follows the plus is left out, as the API allows no plus in names. */
export const planNameOf = (cluster: string, version: string): string =>
  `${cluster}-${version.split('+')[0] ?? version}`;
/** Group of workers that have no label of another. */
export const defaultGroupOf = (cluster: string): string => `${cluster}-default`;
export const controlPlaneGroupOf = (cluster: string): string => `${cluster}-controlplane`;
export const workersStepOf = (group: string): string => `k8s-workers-${group}`;

/** Group of workers that a step updates; undefined for other steps. */
export function groupOfStep(step: string): string | undefined {
  return step.startsWith('k8s-workers-') ? step.slice('k8s-workers-'.length) : undefined;
}

export function clusterNameOf(object: KubeObject): string | undefined {
  const name = object.metadata.labels?.[labels.clusterName];
  return name === '' ? undefined : name;
}

/** `namespace/cluster`: the value of indices by cluster. */
export function clusterIndexOf(object: KubeObject): readonly string[] {
  const cluster = clusterNameOf(object);
  return cluster === undefined ? [] : [`${object.metadata.namespace ?? ''}/${cluster}`];
}

/** The management cluster updates itself by MCCUpgrade and gets no plans. */
export const isManagement = (cluster: Cluster): boolean => cluster.spec.providerSpec.value?.kaas !== undefined;

export const isControlPlane = (machine: Machine): boolean =>
  machine.metadata.labels?.[labels.controlPlane] !== undefined;

/** The update group of a worker. */
export function groupOf(machine: Machine, cluster: string): string {
  return machine.metadata.labels?.[labels.updateGroup] ?? defaultGroupOf(cluster);
}

export function hasNodeLabel(machine: Machine, key: string): boolean {
  return machine.spec.providerSpec.value?.nodeLabels?.some((label) => label.key === key) === true;
}

/** Its publisher announces it no longer: what runs goes on, nothing new begins with it. */
export const isPulledBack = ({ metadata }: KaaSRelease): boolean =>
  metadata.annotations?.[annotations.pulledBack] !== undefined;
