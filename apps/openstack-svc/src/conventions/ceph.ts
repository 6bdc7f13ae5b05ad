import { transient } from '@keelson/std';
import type { CephClient, Cloud } from '../cloud/cloud.js';
import type { ConfigFile } from '../cloud/service.js';
import type { Chart } from '../render/chart.js';
import { iniFile } from '../render/files.js';

/** Why something cannot be rendered yet. */
export const waitingForCeph = 'WaitingForCeph';

/**
 * What the storage gave to one service.
 *
 * @throws Failure transient while it has given nothing: the secret comes when the storage is ready
 */
export function cephClient(cloud: Cloud, service: string, field: string): CephClient {
  const client = cloud.ceph?.clients[service];
  if (client !== undefined) return client;
  throw transient(
    `Rendering OpenStack: ${field} needs Ceph, and the secret openstack-ceph-shared/openstack-ceph-keys does not name a client for ${service} yet`,
    { reason: waitingForCeph },
  );
}

/** ceph.conf and the keyring of a client. */
export function cephFiles(chart: Chart, client: CephClient): readonly ConfigFile[] {
  const secret = `${chart.name}-ceph`;
  return [
    iniFile(
      chart,
      { secret, path: '/etc/ceph/ceph.conf' },
      {
        global: { mon_host: chart.cloud.ceph?.monitors ?? [], auth_client_required: 'cephx' },
      },
    ),
    iniFile(
      chart,
      { secret, path: `/etc/ceph/ceph.client.${client.user}.keyring` },
      {
        [`client.${client.user}`]: { key: client.key },
      },
    ),
  ];
}

/** The first pool that has a role. @throws Failure transient when there is none */
export function poolOf(client: CephClient, role: string): string {
  const pool = client.pools.find((each) => each.role === role);
  if (pool !== undefined) return pool.name;
  throw transient(`Rendering OpenStack: Ceph has no pool with the role ${role} for client ${client.user}`, {
    reason: waitingForCeph,
  });
}
