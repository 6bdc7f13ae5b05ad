import { z } from 'zod';
import {
  ConditionSchema,
  FreeFormSchema,
  LabelSelectorSchema,
  NodeAddressSchema,
  ObjectReferenceSchema,
  SecretReferenceSchema,
  TimestampSchema,
} from '../../fragments.js';
import { NodeLabelSchema } from '../../kaas.mirantis.com/v1alpha1/node-label.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import { lcmMachineStates, prepareDeletionPhases } from '../../lcm.mirantis.com/v1alpha1/lcm-machine.js';
import { ProgressSchema } from '../../progress.js';

export const machineStates = [
  'AwaitsProvisioning',
  'Provision',
  'AwaitsDeployment',
  ...lcmMachineStates,
  'Disabled',
] as const;
export type MachineState = (typeof machineStates)[number];

export const deletionPolicies = ['graceful', 'unsafe', 'forced'] as const;
export type DeletionPolicy = (typeof deletionPolicies)[number];

export const machineConditionTypes = [
  'Kubelet',
  'LCM',
  'ProviderInstance',
  'Swarm',
  'Maintenance',
  'GracefulReboot',
  'Reboot',
  'PrepareDeletion',
] as const;
export type MachineConditionType = (typeof machineConditionTypes)[number];

export const MachineProviderSpecSchema = z.looseObject({
  apiVersion: z.string().optional().describe('baremetal.k8s.io/v1alpha1'),
  kind: z.string().optional().describe('BareMetalMachineProviderSpec'),
  hostSelector: LabelSelectorSchema.optional().describe(
    'Which BareMetalHostInventory to take, by labels. Fixed once the machine is bound to a host.',
  ),
  bareMetalHostProfile: z
    .looseObject({
      name: z.string().describe('BareMetalHostProfile by name.'),
      namespace: z.string().optional().describe("Its namespace; the machine's unless given."),
    })
    .optional()
    .describe('Disk layout of the host; the default profile of the namespace unless given.'),
  l2TemplateSelector: z
    .looseObject({
      name: z.string().optional().describe('L2Template by name.'),
      label: z.string().optional().describe('L2Template by the key of a label on it.'),
    })
    .optional()
    .describe("Network of the host; the cluster's default template unless given."),
  l2TemplateIfMappingOverride: z
    .array(z.string())
    .optional()
    .describe('Order of interfaces instead of the one of the L2Template.'),
  image: z
    .looseObject({
      url: z.string().optional().describe('Where it is fetched from.'),
      checksum: z.string().optional().describe('Its checksum, or the URL of one.'),
    })
    .optional()
    .describe("Image instead of the release's; rare."),
  userData: SecretReferenceSchema.optional().describe('Internal.'),
  ansibleExtraPassthrough: FreeFormSchema.optional().describe('Internal.'),
  nodeLabels: z.array(NodeLabelSchema).optional().describe('Labels of the Kubernetes node.'),
  distribution: z
    .string()
    .optional()
    .describe("Operating system by id, such as ubuntu/jammy; the release's default unless given."),
  maintenance: z.boolean().default(false).describe('Ask for maintenance mode of the machine.'),
  disable: z.boolean().default(false).describe('Take a worker out of the life cycle of the cluster.'),
  upgradeIndex: z
    .int()
    .min(0)
    .default(0)
    .describe('Order inside updates, from 1; machines with 0 come after those with an order, as takes the least time.'),
  delete: z.boolean().default(false).describe('Ask for deletion; can be taken back while its preparation runs.'),
  deletionPolicy: z.enum(deletionPolicies).default('graceful').describe('How the machine is deleted.'),
  day1Provisioning: z
    .enum(['auto', 'manual'])
    .default('manual')
    .describe('manual stops before the operating system is installed.'),
  day1Deployment: z.enum(['auto', 'manual']).default('manual').describe('manual stops before Kubernetes is installed.'),
  rhelLicense: z.string().optional().describe('Legacy, no effect.'),
});
export type MachineProviderSpec = z.infer<typeof MachineProviderSpecSchema>;

export const MachineProviderStatusSchema = z.looseObject({
  apiVersion: z.string().optional().describe('baremetal.k8s.io/v1alpha1'),
  kind: z.string().optional().describe('BareMetalMachineProviderStatus'),
  status: z.enum(machineStates).optional().describe('Where the machine stands.'),
  ready: z.boolean().optional().describe('All conditions but Reboot are ready.'),
  conditions: z.array(ConditionSchema).optional().describe('What is ready and what is not.'),
  privateIp: z.string().optional().describe('Address in the LCM network.'),
  publicIp: z.string().optional().describe('Unused on bare metal.'),
  hardware: z
    .looseObject({
      cpu: z.int().optional().describe('Logical processors.'),
      ram: z.int().optional().describe('Memory in GB.'),
      storage: z
        .array(
          z.looseObject({
            name: z.string().optional().describe('Device name.'),
            size: z.int().optional().describe('Size in GiB.'),
            type: z.enum(['hdd', 'ssd', 'nvme']).optional().describe('Kind of the device.'),
            byID: z.string().optional().describe('Link by id.'),
            byPath: z.string().optional().describe('Link by path.'),
            isBoot: z.boolean().optional().describe('The operating system boots from it.'),
            isLVP: z.boolean().optional().describe('It holds local volumes.'),
            isCeph: z.boolean().optional().describe('It is given to Ceph.'),
          }),
        )
        .optional()
        .describe('Disks.'),
    })
    .optional()
    .describe('Hardware of the host.'),
  providerInstanceState: z
    .looseObject({
      id: z
        .string()
        .optional()
        .describe('The host, as namespace/name; set from the moment the machine is bound to it.'),
      state: z.string().optional().describe('Provisioning state of the host.'),
      ready: z.boolean().optional().describe('Whether it is provisioned.'),
    })
    .optional()
    .describe('The host under the machine.'),
  maintenance: z.boolean().optional().describe('Whether the machine is in maintenance.'),
  upgradeIndex: z.int().optional().describe('The order in effect; absent where none was given.'),
  reboot: z
    .looseObject({
      required: z.boolean().optional().describe('Whether the host should be rebooted.'),
      reason: z.string().optional().describe('Why.'),
    })
    .optional()
    .describe('Whether the host waits for a reboot.'),
  delete: z.boolean().optional().describe('Whether deletion was asked for.'),
  prepareDeletionPhase: z
    .enum(prepareDeletionPhases)
    .optional()
    .describe('How far the preparation of the deletion got.'),
});
export type MachineProviderStatus = z.infer<typeof MachineProviderStatusSchema>;

const VersionsSchema = z.object({
  kubelet: z.string().optional().describe('Version of the kubelet.'),
  controlPlane: z.string().optional().describe('Version of the control plane.'),
});

export const MachineSpecSchema = z.object({
  metadata: FreeFormSchema.optional().describe('Legacy, no effect.'),
  taints: z
    .array(
      z.object({
        key: z.string().describe('Taint key.'),
        value: z.string().optional().describe('Taint value.'),
        effect: z.string().describe('Taint effect.'),
        timeAdded: TimestampSchema.nullable().optional().describe('When it was added.'),
      }),
    )
    .optional()
    .describe('Taints of the Kubernetes node.'),
  providerSpec: z
    .object({
      value: MachineProviderSpecSchema.optional().describe(
        'A BareMetalMachineProviderSpec. Fields not listed are kept.',
      ),
      valueFrom: FreeFormSchema.optional().describe('Legacy, no effect.'),
    })
    .describe('What the bare metal provider needs to know.'),
  versions: VersionsSchema.optional().describe('Legacy, no effect: versions come from the release.'),
  configSource: FreeFormSchema.optional().describe('Legacy, no effect.'),
});
export type MachineSpec = z.infer<typeof MachineSpecSchema>;

export const MachineStatusSchema = z.object({
  instanceName: z.string().optional().describe('Name of the Kubernetes node, kaas-node-<uuid>.'),
  providerID: z.string().optional().describe('Id of the host for the provider.'),
  phase: z.string().optional().describe('Where the machine stands; repeats providerStatus.status.'),
  nodeRef: ObjectReferenceSchema.optional().describe('The Kubernetes node.'),
  addresses: z.array(NodeAddressSchema).optional().describe('Addresses of the node.'),
  lastUpdated: TimestampSchema.nullable().optional().describe('When the status last changed.'),
  versions: VersionsSchema.optional().describe('Versions in use.'),
  errorReason: z.string().optional().describe('PascalCase word for a problem that only a change of the spec can cure.'),
  errorMessage: z.string().optional().describe('A sentence about that problem.'),
  lastOperation: FreeFormSchema.optional().describe('Legacy.'),
  conditions: z
    .array(FreeFormSchema)
    .optional()
    .describe("Conditions of the Kubernetes node, in Kubernetes' own form."),
  providerStatus: MachineProviderStatusSchema.optional().describe('A BareMetalMachineProviderStatus.'),
  progress: ProgressSchema.optional(),
});
export type MachineStatus = z.infer<typeof MachineStatusSchema>;

const value = (side: 'self' | 'oldSelf') => `${side}.spec.providerSpec.value`;
const bothValues = `has(${value('self')}) && has(${value('oldSelf')})`;
const wasBound =
  'has(oldSelf.status) && has(oldSelf.status.providerStatus) && has(oldSelf.status.providerStatus.providerInstanceState) && has(oldSelf.status.providerStatus.providerInstanceState.id)';

/** `kubectl get machines`: a server as a member of a cluster. */
export const MachineKind = defineKind({
  group: 'cluster.k8s.io',
  version: 'v1alpha1',
  kind: 'Machine',
  plural: 'machines',
  scope: 'Namespaced',
  shortNames: ['ma'],
  owner: 'lifecycle-svc',
  description:
    'A server as a member of a cluster. The label cluster.sigs.k8s.io/cluster-name says of which, cluster.sigs.k8s.io/control-plane (any value) makes it a control-plane node. It takes a host by labels of its inventory, has the operating system installed and Kubernetes on top.',
  spec: MachineSpecSchema,
  status: MachineStatusSchema,
  columns: [
    { name: 'ProviderID', type: 'string', jsonPath: '.status.providerID', description: 'Provider ID' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the machine stands' },
    {
      name: 'NodeName',
      type: 'string',
      jsonPath: '.status.nodeRef.name',
      description: 'Node of this machine',
      priority: 1,
    },
    {
      name: 'RebootRequired',
      type: 'boolean',
      jsonPath: '.status.providerStatus.reboot.required',
      description: 'Whether its host should be restarted',
      priority: 1,
    },
  ],
  rules: [
    {
      at: '',
      rule: `!(${wasBound}) || !(${bothValues}) || (has(${value('self')}.hostSelector) == has(${value('oldSelf')}.hostSelector) && (!has(${value('self')}.hostSelector) || ${value('self')}.hostSelector == ${value('oldSelf')}.hostSelector))`,
      message:
        'spec.providerSpec.value.hostSelector cannot be changed once the machine is bound to a host: delete the Machine and make another',
      reason: 'FieldValueForbidden',
    },
    {
      at: '',
      rule: `!(${bothValues}) || !${value('oldSelf')}.delete || !(${value('oldSelf')}.deletionPolicy == "forced" && ${value('self')}.deletionPolicy != "forced" || ${value('oldSelf')}.deletionPolicy == "unsafe" && ${value('self')}.deletionPolicy == "graceful")`,
      message:
        'spec.providerSpec.value.deletionPolicy can only be relaxed once deletion is asked for: graceful, then unsafe, then forced',
      reason: 'FieldValueForbidden',
    },
    {
      at: '',
      rule: `!(${bothValues}) || !${value('oldSelf')}.delete || ${value('self')}.delete || !has(oldSelf.status) || !has(oldSelf.status.providerStatus) || !has(oldSelf.status.providerStatus.prepareDeletionPhase) || oldSelf.status.providerStatus.prepareDeletionPhase != "completed"`,
      message: 'spec.providerSpec.value.delete cannot be taken back: the node has already left the cluster',
      reason: 'FieldValueForbidden',
    },
  ],
  notes: [
    'upgradeIndex is never given out: it is always there, as clients replace it, and 0 is none (choice: the reference says that it is assigned by itself).',
    'hostSelector is fixed once status.providerStatus.providerInstanceState.id is set (guess in the reference).',
    'The order graceful, unsafe, forced binds once `delete` is true; before that the policy may be set freely (choice: the reference does not say from when).',
    'That only workers may be disabled depends on a label, which no rule can see: the controller says so in status.progress.',
    '`phase` repeats the shown state; before a host is bound it is Pending.',
  ],
});
export type Machine = ObjectOf<typeof MachineKind>;
