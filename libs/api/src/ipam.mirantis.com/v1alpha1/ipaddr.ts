import { z } from 'zod';
import { IpAddressSchema, MacAddressSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';
import { ipamBookkeeping } from './bookkeeping.js';

export const IPaddrSpecSchema = z.object({
  subnetRef: z.string().min(1).describe('Subnet by name, in the same namespace.'),
  wantedAddress: IpAddressSchema.optional().describe('The one address to get; any free one unless given.'),
  mac: MacAddressSchema.optional().describe('Interface the address is for.'),
});

export const IPaddrStatusSchema = z.object({
  phase: z.enum(['Active', 'Failed', 'Terminating']).optional().describe('Whether the address is given out.'),
  reason: z.string().optional().describe('Why it failed.'),
  address: z.string().optional().describe('The address.'),
  cidr: z.string().optional().describe('The address with the prefix length of its network.'),
  gateway: z.string().optional().describe('Gateway of the network.'),
  nameservers: z.array(z.string()).optional().describe('Name servers of the network.'),
  mac: z.string().optional().describe('Interface the address is for.'),
  ports: z.array(z.int()).optional().describe('Ports; unused on bare metal.'),
  ...ipamBookkeeping,
  progress: ProgressSchema.optional(),
});

/** `kubectl get ipaddrs`: one address given out. */
export const IPaddrKind = defineKind({
  group: 'ipam.mirantis.com',
  version: 'v1alpha1',
  kind: 'IPaddr',
  plural: 'ipaddrs',
  scope: 'Namespaced',
  owner: 'baremetal-svc',
  description:
    'One address given out from a Subnet, to a host or a load balancer. Made by the controller; an operator makes one only to reserve an address.',
  spec: IPaddrSpecSchema,
  status: IPaddrStatusSchema,
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Active, Failed or Terminating' },
    { name: 'Address', type: 'string', jsonPath: '.status.address', description: 'The address' },
    { name: 'MAC', type: 'string', jsonPath: '.status.mac', description: 'Interface', priority: 1 },
    { name: 'Subnet', type: 'string', jsonPath: '.spec.subnetRef', description: 'Subnet' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      at: 'spec',
      rule: 'self.subnetRef == oldSelf.subnetRef',
      message: 'spec.subnetRef cannot be changed: delete the IPaddr and make another',
      reason: 'FieldValueForbidden',
    },
  ],
  notes: ['Columns and the fixed subnetRef are choices: the reference names none.'],
});
export type IPaddr = ObjectOf<typeof IPaddrKind>;
