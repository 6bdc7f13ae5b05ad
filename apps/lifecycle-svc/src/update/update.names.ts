import { type Machine, labels } from '@keelson/api';

/** Ids of steps and names of groups. Source: reference/mosk-api/maintenance-and-updates.md, ClusterUpdatePlan, UpdateGroup. */

export const controlStep = 'k8s-controllers';
/** All charts that are no controllers. */
export const componentsStep = 'mcc-components';
export const workersStepOf = (group: string): string => `k8s-workers-${group}`;
export const defaultGroupOf = (cluster: string): string => `${cluster}-default`;
export const controlGroupOf = (cluster: string): string => `${cluster}-controlplane`;

/** The update group of a worker. */
export function groupNameOf(machine: Machine, cluster: string): string {
  return machine.metadata.labels?.[labels.updateGroup] ?? defaultGroupOf(cluster);
}

/** Name of the plan that leads a cluster to a version: what follows the plus is left out, as the API allows no plus in names. */
export const planNameOf = (cluster: string, version: string): string =>
  `${cluster}-${version.split('+')[0] ?? version}`;
