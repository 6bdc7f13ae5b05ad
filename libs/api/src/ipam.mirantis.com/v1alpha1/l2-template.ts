import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ipamBookkeeping } from './bookkeeping.js';

export const L3LayoutItemSchema = z.object({
  subnetName: z
    .string()
    .min(1)
    .describe('Name that macros of the template use, and of the Subnet unless a labelSelector is given.'),
  subnetPool: z.string().optional().describe('Legacy, no effect.'),
  scope: z.enum(['global', 'namespace', 'cluster']).optional().describe('Where the Subnet is looked for.'),
  labelSelector: z.record(z.string(), z.string()).optional().describe('Subnet by labels instead of by name.'),
});
export type L3LayoutItem = z.infer<typeof L3LayoutItemSchema>;

export const L2TemplateSpecSchema = z.object({
  npTemplate: z
    .string()
    .optional()
    .describe(
      'Netplan text with macros: {{nic N}}, {{mac N}}, {{ip "N:subnet"}}, {{gateway_from_subnet "s"}}, {{nameservers_from_subnet "s"}}, {{cidr_from_subnet "s"}}.',
    ),
  l3Layout: z.array(L3LayoutItemSchema).optional().describe('Subnets that the macros name.'),
  ifMapping: z.array(z.string()).optional().describe('Names of interfaces in the order in which N counts them.'),
  autoIfMappingPrio: z
    .array(z.string())
    .optional()
    .describe(
      'Prefixes of interface names by priority, for an order made from the inspection; provision, eno, ens, enp unless given.',
    ),
  clusterRef: z.string().optional().describe('Deprecated; use the label cluster.sigs.k8s.io/cluster-name.'),
});
export type L2TemplateSpec = z.infer<typeof L2TemplateSpecSchema>;

export const L2TemplateStatusSchema = z.object({
  phase: z.enum(['Ready', 'Failed', 'Terminating']).optional().describe('Whether the template can be rendered.'),
  reason: z.string().optional().describe('Why it failed.'),
  specHash: z.string().optional().describe('Hash of the spec last looked at.'),
  ...ipamBookkeeping,
});

/** `kubectl get l2templates`: how hosts of a cluster configure their network. */
export const L2TemplateKind = defineKind({
  group: 'ipam.mirantis.com',
  version: 'v1alpha1',
  kind: 'L2Template',
  plural: 'l2templates',
  scope: 'Namespaced',
  owner: 'baremetal-svc',
  description:
    'How hosts of a cluster configure their network: a netplan text with macros for interfaces and addresses. It carries the label cluster.sigs.k8s.io/cluster-name; one template of a cluster may be its default by the label ipam/DefaultForCluster, others are chosen by the l2TemplateSelector of a Machine.',
  spec: L2TemplateSpecSchema,
  status: L2TemplateStatusSchema,
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Ready, Failed or Terminating' },
    { name: 'Reason', type: 'string', jsonPath: '.status.reason', description: 'Why it failed', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  rules: [
    {
      at: 'spec',
      rule: '!has(self.ifMapping) || !has(self.autoIfMappingPrio) || self.ifMapping.size() == 0 || self.autoIfMappingPrio.size() == 0',
      message:
        'spec.ifMapping and spec.autoIfMappingPrio exclude each other: give the order of interfaces, or the priorities it is made from',
      reason: 'FieldValueInvalid',
    },
  ],
  notes: ['Columns are a choice. `labelSelector` of l3Layout is a plain map of labels that must all be there.'],
});
export type L2Template = ObjectOf<typeof L2TemplateKind>;
