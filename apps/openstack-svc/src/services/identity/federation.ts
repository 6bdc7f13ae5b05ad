import { clientJob, ensured, quoted } from '../../conventions/client.js';
import { federationProtocol, type IdentityProvider, identityProviders } from '../../conventions/federation.js';
import type { PreparedJob } from '../../conventions/jobs.js';
import type { Chart } from '../../render/chart.js';

/** Tells keystone of providers and of who their people are here; undefined where there are none. */
export function federationJob(chart: Chart): PreparedJob | undefined {
  const providers = identityProviders(chart.cloud);
  if (providers.length === 0) return undefined;
  return clientJob(chart, {
    name: 'keystone-federations-create',
    component: 'federations-create',
    lines: providers.flatMap(providerLines),
  });
}

/** People without a domain of their own in the mapping are in the one that has the provider's name. */
function providerLines({ name, issuer, label, mapping }: IdentityProvider): string[] {
  const rules = `/tmp/${name}.json`;
  const rulesId = `${name}_mapping`;
  const provider = quoted(name);
  const protocol = `openstack federation protocol`;
  return [
    `printf '%s' ${quoted(JSON.stringify(mapping))} > ${quoted(rules)}`,
    ensured('domain', name),
    ensured('identity provider', name, '--remote-id', quoted(issuer), '--domain', provider),
    `openstack identity provider set --remote-id ${quoted(issuer)} --description ${quoted(label)} ${provider}`,
    ensured('mapping', rulesId, '--rules', quoted(rules)),
    `openstack mapping set --rules ${quoted(rules)} ${quoted(rulesId)}`,
    `${protocol} show --identity-provider ${provider} ${federationProtocol} >/dev/null 2>&1 || ${protocol} create --identity-provider ${provider} --mapping ${quoted(rulesId)} ${federationProtocol}`,
    // Older clients set it and end with 1 (they exit with what they should print), so that it is set only where it must be.
    `[ "$(${protocol} show --identity-provider ${provider} -f value -c mapping ${federationProtocol})" = ${quoted(rulesId)} ] || ${protocol} set --identity-provider ${provider} --mapping ${quoted(rulesId)} ${federationProtocol}`,
  ];
}
