import { trusting } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import { internalUrl } from '../../conventions/addresses.js';
import { quoted } from '../../conventions/client.js';
import { administratorProject, sharedCredentials } from '../../conventions/credentials.js';
import { type Chart, confOf, hasService, publicHost } from '../../render/chart.js';
import { textFile } from '../../render/files.js';

/** What tests find in their environment: who they are and what of the cloud they may use. */
export function steplerFile(chart: Chart): ConfigFile {
  const { secrets, spec } = chart.cloud;
  const { username, password } = secrets.user(sharedCredentials.keystoneAdmin);
  const { horizon, neutron, policies } = spec.features;
  const variables: Readonly<Record<string, unknown>> = {
    OS_AUTH_URL: `${internalUrl(chart.cloud, 'keystone')}/v3`,
    OS_USERNAME: username,
    OS_PASSWORD: password,
    OS_PROJECT_NAME: administratorProject(spec),
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: spec.region_name,
    OS_INTERFACE: 'internal',
    OS_IDENTITY_API_VERSION: 3,
    ...trusting(chart.cloud, 'OS_CACERT'),
    PUBLIC_NETWORK_NAME: neutron.floating_network.name,
    ...(hasService(chart.cloud, 'dashboard')
      ? { OS_DASHBOARD_URL: `https://${publicHost(chart.cloud, 'horizon')}` }
      : {}),
    ...(policies['strict_admin']?.['enabled'] === true ? { ROLE_ADMIN: 'service' } : {}),
    ...(Object.keys(horizon.motd).length === 0 ? {} : { MESSAGE_OF_THE_DAY: JSON.stringify(horizon.motd) }),
    ...confOf(chart, ['stepler_env']),
  };
  return textFile(
    chart,
    { path: '/etc/stepler/stepler.env' },
    Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(String(value))}`),
  );
}
