import { baremetalRequests } from './baremetal.js';
import { lifecycleRequests } from './lifecycle.js';
import { releaseRequests } from './release.js';
import { openstackRequests } from './openstack.js';
import { sdnRequests } from './sdn.js';
import type { OperationRequests } from './operations.js';

/** The questions about each kind, and the service that answers them. */
export interface KindRequests {
  readonly service: string;
  readonly requests: OperationRequests;
}

const byKind: Readonly<Record<string, KindRequests>> = {
  BareMetalHostInventory: { service: 'baremetal-svc', requests: baremetalRequests.inventory },
  BareMetalHostCredential: { service: 'baremetal-svc', requests: baremetalRequests.credential },
  BareMetalHost: { service: 'baremetal-svc', requests: baremetalRequests.host },
  IpamHost: { service: 'baremetal-svc', requests: baremetalRequests.ipamhost },
  IPaddr: { service: 'baremetal-svc', requests: baremetalRequests.ipaddr },
  Subnet: { service: 'baremetal-svc', requests: baremetalRequests.subnet },
  L2Template: { service: 'baremetal-svc', requests: baremetalRequests.l2template },
  Cluster: { service: 'lifecycle-svc', requests: lifecycleRequests.cluster },
  Machine: { service: 'lifecycle-svc', requests: lifecycleRequests.machine },
  LCMCluster: { service: 'lifecycle-svc', requests: lifecycleRequests.lcmcluster },
  LCMMachine: { service: 'lifecycle-svc', requests: lifecycleRequests.lcmmachine },
  LCMClusterState: { service: 'lifecycle-svc', requests: lifecycleRequests.lcmclusterstate },
  GracefulRebootRequest: { service: 'lifecycle-svc', requests: lifecycleRequests.gracefulreboot },
  HelmBundle: { service: 'lifecycle-svc', requests: lifecycleRequests.helmbundle },
  ClusterUpdatePlan: { service: 'release-svc', requests: releaseRequests.plan },
  UpdateAutoPause: { service: 'release-svc', requests: releaseRequests.autopause },
  MCCUpgrade: { service: 'release-svc', requests: releaseRequests.mccupgrade },
  License: { service: 'release-svc', requests: releaseRequests.license },
  OpenStackDeployment: { service: 'openstack-svc', requests: openstackRequests.deployment },
  OpenStackDeploymentStatus: { service: 'openstack-svc', requests: openstackRequests.deploymentstatus },
  NodeOutage: { service: 'openstack-svc', requests: openstackRequests.outage },
  DRBConfig: { service: 'openstack-svc', requests: openstackRequests.balancer },
  TFOperator: { service: 'sdn-svc', requests: sdnRequests.operator },
};

/** Who answers questions about a kind, and by which requests; undefined for kinds that nobody answers for. */
export function requestsOfKind(kind: string): KindRequests | undefined {
  return Object.hasOwn(byKind, kind) ? byKind[kind] : undefined;
}
