import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';
import { stageColumns, StageSchema } from '../../lcm.mirantis.com/v1alpha1/upgrade-status.js';

const meta = {
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  scope: 'Namespaced',
  owner: 'lifecycle-svc',
  root: z.object({
    fromRelease: z.string().describe('Version of the release before the update; empty where it is not known.'),
    toRelease: z.string().describe('Version of the release that the update leads to.'),
    release: z.string().describe('The same as toRelease, by the name that later consoles read.'),
    stages: z.array(StageSchema).max(50).describe('The stages, in the order of their names in the reference.'),
  }),
  columns: [
    { name: 'From', type: 'string', jsonPath: '.fromRelease', description: 'Release before the update' },
    { name: 'To', type: 'string', jsonPath: '.toRelease', description: 'Release that the update leads to' },
    ...stageColumns,
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  notes: [
    'What consoles read: the object that it stands for is named in its owner reference. `fromRelease`, `toRelease` and the plural are those of the product; `release` is what a later version of it calls `toRelease`.',
    'The reference names no stages for it: they are those of the object of lcm.mirantis.com of the same name.',
  ],
} as const;

/** `kubectl get clusterupgradestatuses`: how far the last update of each cluster is, for consoles. */
export const ClusterUpgradeStatusKind = defineKind({
  ...meta,
  kind: 'ClusterUpgradeStatus',
  plural: 'clusterupgradestatuses',
  description:
    'How far the last update of a cluster got, stage by stage. Made by the controller under the name of the Cluster, whose it is.',
});
export type ClusterUpgradeStatus = ObjectOf<typeof ClusterUpgradeStatusKind>;

/** `kubectl get machineupgradestatuses`: how far the last update of each machine is, for consoles. */
export const MachineUpgradeStatusKind = defineKind({
  ...meta,
  kind: 'MachineUpgradeStatus',
  plural: 'machineupgradestatuses',
  description:
    'How far the last update of a machine got, stage by stage. Made by the controller under the name of the Machine, whose it is.',
});
export type MachineUpgradeStatus = ObjectOf<typeof MachineUpgradeStatusKind>;
