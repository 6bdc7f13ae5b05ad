import { transient } from '@keelson/std';
import type { CephClient, CephPool, Cloud } from '../cloud/cloud.js';
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

/** Something that goes to Ceph by itself where there is one. */
export interface Store {
  /** `images`, `volumes`, … */
  readonly what: string;
  /** How an operator keeps them elsewhere, as the end of a sentence. */
  readonly otherwise: string;
}

/** Whether what names no store goes to Ceph. @throws Failure transient while Ceph is to come */
export function goesToCeph(cloud: Cloud, { what, otherwise }: Store): boolean {
  if (cloud.ceph === undefined && cloud.awaitsCeph) {
    throw transient(
      `Rendering OpenStack: ${what} go to Ceph, and the secret openstack-ceph-shared/openstack-ceph-keys is not there yet: the storage writes it. ` +
        `Without Ceph: ${otherwise}`,
      { reason: waitingForCeph },
    );
  }
  return cloud.ceph !== undefined;
}

/** Where every client of Ceph has its file. */
export const cephConf = '/etc/ceph/ceph.conf';

/** By which libvirt finds the key of a client, one each: any fixed values do. */
export const cephSecrets = {
  nova: '457eb676-33da-42ec-9a8c-9293d545c337',
  cinder: 'b9c8838a-0491-4878-901d-20b4e29e4fb1',
} as const;

/** ceph.conf and the keyring of a client. */
export function cephFiles(chart: Chart, client: CephClient): readonly ConfigFile[] {
  const secret = `${chart.name}-ceph`;
  return [
    iniFile(
      chart,
      { secret, path: cephConf },
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
  return poolsOf(client, role)[0].name;
}

/** The pools that have a role, as the storage lists them. @throws Failure transient when there is none */
export function poolsOf(client: CephClient, role: string): readonly [CephPool, ...CephPool[]] {
  const [first, ...others] = client.pools.filter((each) => each.role === role);
  if (first !== undefined) return [first, ...others];
  throw transient(`Rendering OpenStack: Ceph has no pool with the role ${role} for client ${client.user}`, {
    reason: waitingForCeph,
  });
}
