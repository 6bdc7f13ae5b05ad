import type { RegisterParts } from '../../conventions/jobs.js';
import type { Chart } from '../../render/chart.js';

/** The domain of users that stacks make, and who may make them. */
export function stackIdentity(chart: Chart): RegisterParts {
  const { username, password } = chart.cloud.secrets.user('heat-domain-admin');
  return {
    domains: ['heat'],
    roles: ['heat_stack_owner', 'heat_stack_user'],
    users: [{ name: username, password, domain: 'heat', grants: [{ role: 'admin', domain: 'heat' }] }],
  };
}
