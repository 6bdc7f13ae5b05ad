import {
  ComputeClient,
  type ComputeService,
  hostNotifications,
  type HostNotification,
  notifyHostDown,
  protectedHost,
  type ProtectedHost,
  Session,
  switchPart,
} from '@keelson/openstack';
import { type AdminCredential, perCredential } from '@keelson/mosk';
import type { Http } from '@keelson/std';

/** What is asked of a cloud about a host that is down. */
export interface Recovery {
  /** Its nova-compute, as nova sees it. */
  computeOn(host: string): Promise<ComputeService | undefined>;
  /** What Masakari knows of it; undefined where it does not protect the host. */
  protectionOf(host: string): Promise<ProtectedHost | undefined>;
  notificationsOf(host: ProtectedHost): Promise<readonly HostNotification[]>;
  /** @param since when it went down, milliseconds since the epoch */
  tellDown(host: string, since: number): Promise<void>;
  /** Lets Masakari protect it again. */
  protect(host: Pick<ProtectedHost, 'id'>): Promise<void>;
  enableCompute(serviceId: string): Promise<void>;
}

export type RecoveryOf = (credential: AdminCredential) => Recovery;

/** The APIs of a cluster's cloud, reached by their internal names; one session as long as the credential holds. */
export function recoveryOver(http: Http): RecoveryOf {
  return perCredential((credential) => clientOf(new Session({ http, ...credential })));
}

function clientOf(session: Session): Recovery {
  const compute = new ComputeClient(session);
  return {
    computeOn: async (host) => (await compute.services()).find((service) => service.host === host),
    protectionOf: (host) => protectedHost(session, host),
    notificationsOf: ({ uuid }) => hostNotifications(session, uuid),
    tellDown: (host, since) => notifyHostDown(session, host, since),
    protect: ({ id }) => switchPart(session, { type: 'instance-ha', id, what: 'its instance HA' }, true, ''),
    enableCompute: (id) => compute.enable(id),
  };
}
