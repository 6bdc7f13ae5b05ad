import type { ConfigFile } from '../cloud/service.js';
import type { Chart } from '../render/chart.js';
import { type FilePlace, iniFile, yamlFile } from '../render/files.js';
import type { Ini } from '../render/ini.js';

/** Projects whose rules `features.policies.<project>` changes. */
export const policedProjects = [
  'aodh',
  'barbican',
  'cinder',
  'designate',
  'glance',
  'gnocchi',
  'heat',
  'ironic',
  'keystone',
  'manila',
  'masakari',
  'neutron',
  'nova',
  'octavia',
  'placement',
] as const;
export type PolicedProject = (typeof policedProjects)[number];

/** The file of a project that answers users, and beside it the rules that `features.policies` changes, where it changes any. */
export function projectFile(
  chart: Chart,
  project: PolicedProject,
  place: FilePlace,
  ...parts: readonly Ini[]
): ConfigFile {
  const rules = chart.cloud.spec.features.policies[project] ?? {};
  if (Object.keys(rules).length === 0) return iniFile(chart, place, ...parts);
  const path = `/etc/${project}/policy.yaml`;
  const file = iniFile(chart, place, ...parts, { oslo_policy: { policy_file: path } });
  return { ...file, companions: [yamlFile(chart, { path }, rules)] };
}
