import { z } from 'zod';
import { AddressRangeSchema, CidrSchema, IpAddressSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ipamBookkeeping } from './bookkeeping.js';

export const SubnetSpecSchema = z.object({
  cidr: CidrSchema.describe('The network, as in 10.0.10.0/24.'),
  includeRanges: z
    .array(AddressRangeSchema)
    .optional()
    .describe('Addresses that may be given out: first-last or a single one. All of the network unless given.'),
  excludeRanges: z.array(AddressRangeSchema).optional().describe('Addresses that may not be given out.'),
  useWholeCidr: z.boolean().default(false).describe('Give out the first and last address of the network too.'),
  gateway: IpAddressSchema.optional().describe('Default gateway; never given out.'),
  nameservers: z.array(IpAddressSchema).optional().describe('Name servers of hosts in this network.'),
  subnetPoolRef: z.string().optional().describe('Legacy, no effect.'),
});
export type SubnetSpec = z.infer<typeof SubnetSpecSchema>;

export const SubnetStatusSchema = z.object({
  cidr: z.string().optional().describe('The network in effect.'),
  gateway: z.string().optional().describe('The gateway in effect.'),
  nameservers: z.array(z.string()).optional().describe('The name servers in effect.'),
  ranges: z.array(z.string()).optional().describe('Ranges that addresses are given out from.'),
  statusMessage: z.string().optional().describe('Begins with OK, ERR or TERM.'),
  allocatedIPs: z.array(z.string()).optional().describe('Addresses given out, as address:uid of the IPaddr.'),
  capacity: z.int().optional().describe('Addresses that can be given out in all.'),
  allocatable: z.int().optional().describe('Addresses still free.'),
  subnetPoolRef: z.string().optional().describe('Legacy.'),
  ...ipamBookkeeping,
});
export type SubnetStatus = z.infer<typeof SubnetStatusSchema>;

/** `kubectl get subnets`: a network that addresses are given out from. */
export const SubnetKind = defineKind({
  group: 'ipam.mirantis.com',
  version: 'v1alpha1',
  kind: 'Subnet',
  plural: 'subnets',
  scope: 'Namespaced',
  owner: 'baremetal-svc',
  description:
    'A network from which hosts and load balancers get their addresses. The label cluster.sigs.k8s.io/cluster-name binds it to a cluster; labels ipam/SVC-<service> say what it is for, such as ipam/SVC-k8s-lcm and ipam/SVC-LBhost.',
  spec: SubnetSpecSchema,
  status: SubnetStatusSchema,
  columns: [
    { name: 'CIDR', type: 'string', jsonPath: '.status.cidr', description: 'Network' },
    { name: 'Gateway', type: 'string', jsonPath: '.status.gateway', description: 'Gateway', priority: 1 },
    { name: 'Capacity', type: 'integer', jsonPath: '.status.capacity', description: 'Addresses in all' },
    { name: 'Allocatable', type: 'integer', jsonPath: '.status.allocatable', description: 'Addresses still free' },
    { name: 'Status', type: 'string', jsonPath: '.status.statusMessage', description: 'OK, ERR or TERM' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  notes: [
    'Columns are a choice: the reference names none.',
    'That ranges and the gateway lie inside the network, and that a changed network still holds the addresses given out, needs address arithmetic: the controller checks it and says ERR in status.statusMessage.',
    'Deletion waits (finalizer) while addresses are given out.',
  ],
});
export type Subnet = ObjectOf<typeof SubnetKind>;
