import type { Secret } from '@keelson/api';
import { textIn } from '@keelson/mosk';
import type { CephAccess, CephClient } from '../cloud/cloud.js';

/** In the namespace of the exchange with storage: what the storage hands over when it is ready. */
export const cephKeysName = 'openstack-ceph-keys';

const services = ['glance', 'cinder', 'nova', 'manila'] as const;

/** How a cloud reaches Ceph; undefined while the storage has not said. */
export function cephAccessIn(secret: Secret | undefined): CephAccess | undefined {
  const monitors = (textIn(secret, 'mon_endpoints') ?? '')
    .split(',')
    // Monitors may come with their names: `a=10.0.0.1:6789`.
    .map((one) => one.trim().replace(/^[^=]*=/, ''))
    .filter((one) => one !== '');
  if (monitors.length === 0) return undefined;
  const clients = services.flatMap((service) => {
    const client = clientIn(textIn(secret, service));
    return client === undefined ? [] : [[service, client] as const];
  });
  const gateway = gatewayIn(secret);
  return { monitors, clients: Object.fromEntries(clients), ...(gateway === undefined ? {} : { gateway }) };
}

/** `rgw_internal` and `rgw_external`, with a scheme or without. */
function gatewayIn(secret: Secret | undefined): CephAccess['gateway'] {
  const urlOf = (key: string): string | undefined => {
    const text = (textIn(secret, key) ?? '').trim().replace(/\/+$/, '');
    return text === '' || text.includes('://') ? text || undefined : `https://${text}`;
  };
  const [internal, external] = [urlOf('rgw_internal'), urlOf('rgw_external')];
  if (internal === undefined && external === undefined) return undefined;
  return { ...(internal === undefined ? {} : { internal }), ...(external === undefined ? {} : { external }) };
}

/** `client.<name>;<key>;` and then `<pool>:<role>:<device class>;` for each pool. */
function clientIn(text: string | undefined): CephClient | undefined {
  const [name = '', key = '', ...pools] = (text ?? '').split(';').map((part) => part.trim());
  if (name === '' || key === '') return undefined;
  return {
    user: name.replace(/^client\./, ''),
    key,
    pools: pools.flatMap((pool) => {
      const [poolName = '', role = '', deviceClass = ''] = pool.split(':');
      return poolName === '' ? [] : [{ name: poolName, role, deviceClass }];
    }),
  };
}
