import type { NamedCredential } from '../../cloud/cloud.js';
import type { RotationParts } from '../../conventions/assemble.js';
import { administratorProject, sharedCredentials } from '../../conventions/credentials.js';
import { administrator, type PreparedJob, registerJob, type RegisterParts } from '../../conventions/jobs.js';
import type { Chart } from '../../render/chart.js';

/** The administrator in force makes the next one; users of projects are made by their own Jobs. All old ones end here. */
export function identityRotation(chart: Chart): RotationParts {
  const { secrets } = chart.cloud;
  const next = secrets.upcoming().find(({ name }) => name === sharedCredentials.keystoneAdmin);
  const retired = secrets.former().flatMap(retiredUser);
  return {
    opening: next === undefined ? undefined : separate(chart, 'new-accounts', newAdministrator(chart, next)),
    closing: retired.length === 0 ? undefined : separate(chart, 'old-accounts', { retired }),
  };
}

/** What bootstrap gives the first one, too. */
function newAdministrator(chart: Chart, next: NamedCredential): RegisterParts {
  const grants = [
    { role: 'admin', domain: 'Default', project: administratorProject(chart.cloud.spec) },
    { role: 'admin', system: true },
  ] as const;
  return {
    admin: administrator(chart.cloud, next),
    fallback_admin: administrator(chart.cloud, chart.cloud.secrets.user(sharedCredentials.keystoneAdmin)),
    users: [{ name: next.username, password: next.password, domain: 'Default', grants }],
  };
}

function retiredUser({ name, username }: NamedCredential): readonly { name: string; domain: string }[] {
  if (name === sharedCredentials.keystoneAdmin) return [{ name: username, domain: 'Default' }];
  if (name === 'heat-domain-admin') return [{ name: username, domain: 'heat' }];
  return name.endsWith('-identity') ? [{ name: username, domain: 'service' }] : [];
}

/** With a Secret and a ConfigMap of its own: those of the service are applied with the credentials that are in force. */
function separate(chart: Chart, component: string, parts: RegisterParts): PreparedJob {
  return registerJob(chart, 'keystone', component, parts, `keystone-${component}`);
}
