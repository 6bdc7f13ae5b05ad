import { z } from 'zod';
import { NodeAddressSchema, TimestampSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';
import { AgentConfigSchema, ComponentsSchema, StateItemSchema, lcmTypes, machineTypes } from './state-item.js';

export const lcmMachineStates = [
  'Uninitialized',
  'Pending',
  'Prepare',
  'Deploy',
  'Reconfigure',
  'Upgrade',
  'Reboot',
  'Ready',
] as const;
export type LCMMachineState = (typeof lcmMachineStates)[number];

export const prepareDeletionPhases = ['started', 'completed', 'aborting', 'failed'] as const;
export type PrepareDeletionPhase = (typeof prepareDeletionPhases)[number];

const cordonDrain = z.enum(['cordondraining', 'cordondrained', 'uncordoning']);

export const LCMMachineSpecSchema = z.object({
  clusterName: z.string().optional().describe('Cluster the machine belongs to.'),
  lcmType: z.enum(lcmTypes).optional().describe('Kubernetes distribution: ucp is MKE.'),
  type: z.enum(machineTypes).optional().describe('Part the machine has in the cluster.'),
  stateItems: z.array(StateItemSchema).max(200).optional().describe('What the agent is to do, in order.'),
  stateItemsOverwrites: z
    .record(z.string(), z.record(z.string(), z.string()))
    .optional()
    .describe('Parameters of this machine by item name, laid over those of the release when items are given.'),
  agentConfig: AgentConfigSchema.optional().describe('The agent the machine should run.'),
  sshAuthorizedKeys: z.array(z.string()).optional().describe('Public keys that may log in.'),
  release: z.string().optional().describe('Version of the cluster release.'),
  components: ComponentsSchema.optional().describe('Components that are upgraded apart from the items.'),
  mcrVersion: z.string().optional().describe('Version of the container runtime.'),
  rebootRequired: z.boolean().optional().describe('Reboot once the items are done.'),
  maintenance: z.boolean().optional().describe('Whether the node should be drained and kept out of use.'),
  haltAgent: z.boolean().optional().describe('The agent only keeps the SSH keys.'),
  prepareDeletion: z.boolean().optional().describe('Take the node out of the cluster before the machine is deleted.'),
  distribution: z.string().optional().describe('Operating system, such as ubuntu/jammy.'),
  rhelLicenseSubscription: z.string().optional().describe('Legacy, no effect.'),
  serviceAccount: z.string().optional().describe('Service account of the agent, in the same namespace.'),
  interface: z.string().optional().describe('Interface that InternalIP is read from.'),
  cidr: z.string().optional().describe('Network that InternalIP lies in.'),
  deploymentSecretName: z
    .string()
    .optional()
    .describe('Secret used for deployment: what items refer to and only this machine may read.'),
  kubeconfigSecretName: z.string().optional().describe("Secret with the cluster's kubeconfig."),
  proxySecretName: z.string().optional().describe('Secret with proxy settings.'),
});
export type LCMMachineSpec = z.infer<typeof LCMMachineSpecSchema>;

export const StateItemStatusSchema = z.object({
  hash: z.string().optional().describe('Hash of the item that was run.'),
  exitCode: z.int().optional().describe('0 when it succeeded.'),
  message: z.string().optional().describe('What the runner says to the operator.'),
  result: z.unknown().optional().describe('What the item returned.'),
  attempt: z.int().optional().describe('How often this item was tried.'),
  startedAt: TimestampSchema.nullable().optional().describe('When the last try began.'),
  finishedAt: TimestampSchema.nullable().optional().describe('When it ended.'),
});
export type StateItemStatus = z.infer<typeof StateItemStatusSchema>;

export const HostInfoSchema = z.looseObject({
  bootTime: TimestampSchema.nullable().optional().describe('When the host booted.'),
  architecture: z.string().optional().describe('Architecture such as x86_64.'),
  kernelVersion: z.string().optional().describe('Kernel.'),
  os: z.looseObject({}).optional().describe('Operating system.'),
  timezone: z.string().optional().describe('Time zone.'),
  updatesAvailable: z.boolean().optional().describe('Whether packages could be updated.'),
  hardware: z.looseObject({}).nullable().optional().describe('Processors, memory, disks and interfaces.'),
  rebootRequired: z.boolean().optional().describe('Whether the operating system asks for a reboot.'),
  rebootPackages: z.array(z.string()).optional().describe('Packages for whose sake it asks.'),
  bootID: z.string().optional().describe('Of the present boot: another one after every restart.'),
});

export const LCMMachineStatusSchema = z.object({
  stateItemStatuses: z.record(z.string(), StateItemStatusSchema).optional().describe('How each item went, by name.'),
  addresses: z.array(NodeAddressSchema).optional().describe('InternalIP and Hostname.'),
  agentVersion: z.string().optional().describe('Version of the agent.'),
  lcmAgentUpgradeStatus: z
    .object({
      error: z.string().optional().describe('Why it failed.'),
      attempt: z.int().optional().describe('How often it was tried.'),
      startedAt: TimestampSchema.nullable().optional().describe('When the last try began.'),
      finishedAt: TimestampSchema.nullable().optional().describe('When it ended.'),
    })
    .optional()
    .describe('How an upgrade of the agent went.'),
  state: z.enum(lcmMachineStates).optional().describe('Where the machine stands.'),
  components: ComponentsSchema.optional().describe('Versions in use.'),
  observedGeneration: z.int().optional().describe('Generation of the spec the status speaks of.'),
  release: z.string().optional().describe('Release in use.'),
  mcrVersion: z.string().optional().describe('Container runtime in use.'),
  reboot: z
    .object({
      requestedAt: TimestampSchema.nullable().optional().describe('When the reboot was asked for.'),
      completed: z.boolean().optional().describe('Whether it is done.'),
      errorMessage: z.string().optional().describe('Why it failed.'),
    })
    .optional()
    .describe('The last reboot asked for.'),
  rebootDue: z
    .object({
      release: z.string().describe('Release whose update asks for it.'),
      bootID: z.string().optional().describe('Boot in which the update was done; over with any other.'),
    })
    .optional()
    .describe('The reboot that an update left to the operator.'),
  hostInfo: HostInfoSchema.optional().describe('What the agent says of its host.'),
  interface: z.string().optional().describe('Interface that InternalIP was read from.'),
  tokenSecret: z.string().optional().describe("Secret with the agent's token."),
  maintenance: z.boolean().optional().describe('Whether the node is drained and out of use.'),
  kubernetesCordonDrain: cordonDrain.optional().describe('How far the drain of the Kubernetes node got.'),
  kubernetesCordonDrainError: z.string().optional().describe('Why it failed.'),
  swarmCordonDrain: cordonDrain.optional().describe('How far the drain of the Swarm node got.'),
  swarmCordonDrainError: z.string().optional().describe('Why it failed.'),
  lcmOperationStuck: z.boolean().optional().describe('Whether an operation does not get on.'),
  lcmOperationStuckMessage: z.string().optional().describe('Which one and why.'),
  prepareDeletionPhase: z.enum(prepareDeletionPhases).optional().describe('How far the removal from the cluster got.'),
  mkeManagerReady: z.boolean().optional().describe('Whether the manager of the distribution is ready.'),
  distribution: z.string().optional().describe('Operating system in use.'),
  progress: ProgressSchema.optional(),
});
export type LCMMachineStatus = z.infer<typeof LCMMachineStatusSchema>;

/** `kubectl get lcmmachines`: what the agent on a host has to do, and how far it is. */
export const LCMMachineKind = defineKind({
  group: 'lcm.mirantis.com',
  version: 'v1alpha1',
  kind: 'LCMMachine',
  plural: 'lcmmachines',
  scope: 'Namespaced',
  owner: 'lifecycle-svc',
  description:
    'What the agent on one host has to do (state items) and how far it is. Made by the controller under the name of the Machine; the agent of that host writes stateItemStatuses, addresses, agentVersion, hostInfo and reboot, the controller the rest of the status.',
  spec: LCMMachineSpecSchema,
  status: LCMMachineStatusSchema,
  columns: [
    { name: 'clusterName', type: 'string', jsonPath: '.spec.clusterName', description: 'Cluster Name' },
    { name: 'type', type: 'string', jsonPath: '.spec.type', description: 'Type' },
    { name: 'state', type: 'string', jsonPath: '.status.state', description: 'State' },
    {
      name: 'internalIP',
      type: 'string',
      jsonPath: '.status.addresses[?(@.type=="InternalIP")].address',
      description: 'Internal IP',
      priority: 1,
    },
    {
      name: 'hostname',
      type: 'string',
      jsonPath: '.status.addresses[?(@.type=="Hostname")].address',
      description: 'Hostname',
      priority: 1,
    },
    {
      name: 'agentVersion',
      type: 'string',
      jsonPath: '.status.agentVersion',
      description: 'Agent Version',
      priority: 1,
    },
  ],
  rules: [
    {
      at: 'spec',
      rule: '!has(self.stateItems) || self.stateItems.all(a, self.stateItems.exists_one(b, a.name == b.name))',
      message: 'spec.stateItems: each name may occur once, because statuses are found by name',
      reason: 'FieldValueDuplicate',
    },
  ],
  notes: [
    'An item is ready when the hash in its status equals that of the item and exitCode is 0. A running item carries startedAt without a newer finishedAt and keeps the hash of the last finished run.',
    'The sign of life of an agent is the Lease of the name of the LCMMachine in its namespace, not the status: a status write is dear.',
  ],
});
export type LCMMachine = ObjectOf<typeof LCMMachineKind>;
