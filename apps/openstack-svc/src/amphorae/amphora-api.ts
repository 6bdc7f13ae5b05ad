import { type AdminCredential, perCredential } from '@keelson/mosk';
import { type Amphora, amphorae, failOver, type LoadBalancer, loadBalancers, Session } from '@keelson/openstack';
import type { Http } from '@keelson/std';

/** What replacing amphorae needs of Octavia. */
export interface AmphoraApi {
  loadBalancers(): Promise<readonly LoadBalancer[]>;
  amphorae(): Promise<readonly Amphora[]>;
  /** Begins to replace all amphorae of a load balancer. */
  failOver(loadBalancer: string): Promise<void>;
}

export type AmphoraApiOf = (credential: AdminCredential) => AmphoraApi;

/** Octavia of a cluster's cloud, reached by its internal name; one session as long as the credential holds. */
export function amphoraApiOver(http: Http): AmphoraApiOf {
  return perCredential((credential) => clientOf(new Session({ http, ...credential })));
}

function clientOf(session: Session): AmphoraApi {
  return {
    loadBalancers: () => loadBalancers(session),
    amphorae: () => amphorae(session),
    failOver: (loadBalancer) => failOver(session, loadBalancer),
  };
}
