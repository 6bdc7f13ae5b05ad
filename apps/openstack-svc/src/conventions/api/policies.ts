import type { ConfigFile } from '../../cloud/service.js';
import type { Chart } from '../../render/chart.js';
import { type FilePlace, iniFile, yamlFile } from '../../render/files.js';
import type { Ini } from '../../render/ini.js';
import { auditFiles, auditSections } from './audit.js';

/** Projects whose rules `features.policies.<project>` changes. */
export const policedProjects = [
  'aetos',
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

/** Who administers the cloud when its administrators are those of one project, and services among themselves. */
const strictAdmin = 'role:admin and (is_admin_project:True or role:service or system_scope:all)';
const strictAdminRule = `(${strictAdmin})`;

/**
 * Rules that say who an administrator is, by project: whoever has the role `admin` in the project `admin`, no longer whoever has
 * it anywhere. Others of the project refer to them. In keystone those of a domain keep its users and projects.
 */
const strictRules: Readonly<Partial<Record<PolicedProject, Readonly<Record<string, string>>>>> = {
  keystone: {
    admin_required: `${strictAdminRule} or is_admin:1 or (role:admin and token.domain.id:%(target.user.domain_id)s) or (role:admin and token.domain.id:%(target.project.domain_id)s)`,
  },
  nova: { context_is_admin: strictAdmin },
  neutron: { context_is_admin: strictAdmin },
  glance: { context_is_admin: strictAdmin },
  heat: { context_is_admin: strictAdmin },
  manila: { context_is_admin: strictAdmin },
  masakari: { context_is_admin: strictAdmin },
  aodh: { context_is_admin: strictAdmin },
  placement: { admin_api: strictAdmin, admin_or_service_api: `${strictAdminRule} or role:service` },
  designate: { admin: `${strictAdminRule} or is_admin:True` },
  octavia: {
    context_is_admin: `${strictAdminRule} or role:load-balancer_admin`,
    'load-balancer:admin': `${strictAdminRule} or is_admin:True or role:load-balancer_admin`,
  },
  cinder: {
    context_is_admin: strictAdmin,
    xena_system_admin_or_project_reader: `${strictAdminRule} or (role:reader and project_id:%(project_id)s)`,
    xena_system_admin_or_project_member: `${strictAdminRule} or (role:member and project_id:%(project_id)s)`,
  },
};

/** The file of a project that answers users, and beside it its rules where they are not the project's own, and what audit reads. */
export function projectFile(
  chart: Chart,
  project: PolicedProject,
  place: FilePlace,
  ...parts: readonly Ini[]
): ConfigFile {
  const rules = rulesOf(chart, project);
  const hasRules = Object.keys(rules).length > 0;
  const path = `/etc/${project}/policy.yaml`;
  const policy: Ini = hasRules ? { oslo_policy: { policy_file: path } } : {};
  const file = iniFile(chart, place, ...parts, auditSections(chart, project), policy);
  const companions = [
    ...(file.companions ?? []),
    ...(hasRules ? [yamlFile(chart, { path }, rules)] : []),
    ...auditFiles(chart, project),
  ];
  return companions.length === 0 ? file : { ...file, companions };
}

function rulesOf({ cloud }: Chart, project: PolicedProject): Readonly<Record<string, unknown>> {
  const { policies } = cloud.spec.features;
  const isStrict = policies['strict_admin']?.['enabled'] === true;
  return { ...(isStrict ? strictRules[project] : {}), ...policies[project] };
}
