import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';
import { ipamBookkeeping } from './bookkeeping.js';
import { NetplanSchema } from './netplan.js';

export const L2TemplateSelectorSchema = z.object({
  name: z.string().optional().describe('L2Template by name, in the same namespace.'),
  label: z.string().optional().describe('L2Template by the key of a label on it.'),
});
export type L2TemplateSelector = z.infer<typeof L2TemplateSelectorSchema>;

export const NicSchema = z.object({
  name: z.string().describe('Interface name.'),
  mac: z.string().describe('MAC address.'),
  ip: z.string().optional().describe('Address with prefix length.'),
  gateway: z.string().optional().describe('Gateway of the interface.'),
  nameservers: z.array(z.string()).optional().describe('Name servers of the interface.'),
  primary: z.boolean().optional().describe('The interface the host booted over.'),
  online: z.boolean().optional().describe('Whether it had a link.'),
  ipRef: z.string().optional().describe('IPaddr as namespace/name/uid.'),
});
export type Nic = z.infer<typeof NicSchema>;

export const netconfigUpdateModes = ['AUTO-UNSAFE', 'MANUAL', 'MANUAL-GRACEPERIOD', 'AUTO'] as const;

export const IpamHostSpecSchema = z.object({
  nicMACmap: z
    .array(NicSchema)
    .optional()
    .describe('Interfaces of the host, from its inspection, sorted by MAC address.'),
  allocationStatus: z.string().optional().describe('Empty in a usable object.'),
  l2TemplateSelector: L2TemplateSelectorSchema.optional().describe(
    "Which L2Template to render; the cluster's default unless given.",
  ),
  npTemplateOverride: z.string().optional().describe('Netplan template to use instead of the one of the L2Template.'),
  ifMappingOverride: z
    .array(z.string())
    .optional()
    .describe('Order of interfaces to use instead of the one of the L2Template.'),
  netconfigUpdateMode: z
    .enum(netconfigUpdateModes)
    .default('MANUAL-GRACEPERIOD')
    .describe('When a newly rendered network is accepted.'),
  netconfigUpdateAllow: z
    .boolean()
    .default(false)
    .describe('Set to accept the candidate; goes back to false once used.'),
});
export type IpamHostSpec = z.infer<typeof IpamHostSpecSchema>;

export const NetconfigFileSchema = z.object({
  path: z.string().describe('Path on the host.'),
  content: z.string().describe('Content in base64.'),
});
export type NetconfigFile = z.infer<typeof NetconfigFileSchema>;

export const IpamHostStatusSchema = z.object({
  netconfigV2: NetplanSchema.optional().describe('The accepted network in the form of netplan.'),
  netconfigV2state: z.string().optional().describe('OK: <time> <sha256>, or ERR: <why>.'),
  netconfigFiles: z.array(NetconfigFileSchema).optional().describe('Accepted files, sorted by path.'),
  netconfigFilesState: z.string().optional().describe('OK: <time> <sha256>, or ERR: <why>.'),
  netconfigCandidate: NetplanSchema.optional().describe('The network rendered last, accepted or not.'),
  serviceMap: z
    .record(
      z.string(),
      z.array(
        z.object({
          ifName: z.string().optional().describe('Interface.'),
          ipAddress: z.string().optional().describe('Address without prefix length.'),
        }),
      ),
    )
    .optional()
    .describe('Interfaces and addresses by service, the label ipam/SVC-<service> without its prefix.'),
  osMetadataNetwork: z
    .looseObject({})
    .optional()
    .describe('The provisioning interface in the form of OpenStack network metadata.'),
  ipAllocationResult: z.string().optional().describe('OK, or ERR: <why>.'),
  l2TemplateRef: z.string().optional().describe('The L2Template used, as namespace/name/uid.'),
  l2RenderResult: z.string().optional().describe('OK, or ERR: <why>.'),
  messages: z.array(z.string()).optional().describe('Warnings and errors.'),
  ...ipamBookkeeping,
  progress: ProgressSchema.optional(),
});
export type IpamHostStatus = z.infer<typeof IpamHostStatusSchema>;

/** `kubectl get ipamhosts`: the network of one machine. */
export const IpamHostKind = defineKind({
  group: 'ipam.mirantis.com',
  version: 'v1alpha1',
  kind: 'IpamHost',
  plural: 'ipamhosts',
  scope: 'Namespaced',
  owner: 'baremetal-svc',
  description:
    'The network of one machine, under the name of the Machine: its interfaces, the template they are configured by, the addresses given out, the netplan that results. Made by the controller when a Machine is bound to a host.',
  spec: IpamHostSpecSchema,
  status: IpamHostStatusSchema,
  columns: [
    {
      name: 'Status',
      type: 'string',
      jsonPath: '.status.netconfigFilesState',
      description: 'State of the accepted network',
    },
    {
      name: 'Allocation',
      type: 'string',
      jsonPath: '.status.ipAllocationResult',
      description: 'Result of address allocation',
    },
    {
      name: 'L2Template',
      type: 'string',
      jsonPath: '.status.l2TemplateRef',
      description: 'Template used',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  notes: [
    'Columns and the default MANUAL-GRACEPERIOD of netconfigUpdateMode are choices. The three hours of grace count from the creation of the object.',
    'In mode AUTO a candidate is accepted when it only adds to the accepted network, and waits for netconfigUpdateAllow otherwise (choice).',
    'Keys of serviceMap are the service names without the label prefix, as in k8s-lcm (choice).',
  ],
});
export type IpamHost = ObjectOf<typeof IpamHostKind>;
