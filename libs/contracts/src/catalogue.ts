import { baremetalNews, baremetalRequests } from './baremetal.js';
import { lifecycleNews, lifecycleRequests } from './lifecycle.js';
import { releaseNews, releaseRequests } from './release.js';
import { openstackNews, openstackRequests } from './openstack.js';
import { sdnNews, sdnRequests } from './sdn.js';
import type { News, Request } from './subject.js';
import { alertsRequest, updateOwners } from './update.js';

/** What one service says and answers on the bus. */
export interface ServiceSubjects {
  /** Such as `baremetal-svc`; its subjects begin with `baremetal.`. */
  readonly service: string;
  readonly news: readonly News<unknown>[];
  readonly requests: readonly Request<unknown, unknown>[];
  /** Orders that only it may give, and questions to services that are not in every installation. */
  readonly asks?: readonly Request<unknown, unknown>[];
}

/** Every subject of every service. Streams, permissions and the reference page are made from this list. */
export const catalogue: readonly ServiceSubjects[] = [
  { service: 'baremetal-svc', news: newsOf(baremetalNews), requests: requestsOf(baremetalRequests) },
  { service: 'lifecycle-svc', news: newsOf(lifecycleNews), requests: requestsOf(lifecycleRequests) },
  {
    service: 'release-svc',
    news: newsOf(releaseNews),
    requests: requestsOf(releaseRequests),
    asks: requestsOf({
      openstack: updateOwners.openstack.requests,
      ceph: updateOwners.ceph.requests,
      kubernetes: updateOwners.kubernetes.requests,
      alerts: { list: alertsRequest },
    }),
  },
  { service: 'openstack-svc', news: newsOf(openstackNews), requests: requestsOf(openstackRequests) },
  { service: 'sdn-svc', news: newsOf(sdnNews), requests: requestsOf(sdnRequests) },
];

/** The first word of a service's subjects: `baremetal` of `baremetal-svc`. */
export function subjectRoot(service: string): string {
  return service.replace(/-svc$/, '');
}

function newsOf(byKind: Readonly<Record<string, Readonly<Record<string, News<unknown>>>>>): News<unknown>[] {
  return Object.values(byKind).flatMap((ofKind) => Object.values(ofKind));
}

function requestsOf(byKind: Readonly<Record<string, object>>): Request<unknown, unknown>[] {
  return Object.values(byKind).flatMap((ofKind): Request<unknown, unknown>[] => Object.values(ofKind));
}
