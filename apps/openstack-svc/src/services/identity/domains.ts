import { secretKeyOf } from '@keelson/api';
import type { RegisterParts } from '../../conventions/jobs.js';
import type { Chart } from '../../render/chart.js';
import { isRecord } from '../../render/json.js';

/** Domains whose people are kept elsewhere, such as in LDAP: keystone reads their settings from its database, without a restart. */
export function domainParts({ cloud }: Chart): Pick<RegisterParts, 'domains' | 'domain_configs'> {
  const { enabled, ks_domains: domains } = cloud.spec.features.keystone.domain_specific_configuration;
  const own = enabled ? Object.entries(domains).filter(([, domain]) => domain.enabled) : [];
  if (own.length === 0) return {};
  const resolve = (value: unknown): unknown => {
    const reference = secretKeyOf(value);
    if (reference !== undefined) return cloud.secrets.valueFrom(reference);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolve(member)]));
  };
  return {
    domains: own.map(([name]) => name),
    domain_configs: own.map(([domain, { config }]) => ({ domain, config: resolve(config) })),
  };
}
