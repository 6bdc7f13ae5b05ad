import { z } from 'zod';

export const machineTypes = ['control', 'worker', 'bastion', 'unassigned'] as const;
export type MachineType = (typeof machineTypes)[number];

export const lcmTypes = ['ucp', 'byo', 'k0s'] as const;
export type LcmType = (typeof lcmTypes)[number];

export const itemRunners = ['downloader', 'bash', 'ansible'] as const;
export type ItemRunner = (typeof itemRunners)[number];

export const itemPhases = ['prepare', 'deploy', 'reconfigure'] as const;
export type ItemPhase = (typeof itemPhases)[number];

/** One thing an agent does to its host. Its hash is the sha256 of its JSON; a changed item is run again. */
export const StateItemSchema = z.object({
  name: z.string().min(1).max(128).describe('Name, unique in the list; its status is found under it.'),
  runner: z.enum(itemRunners).describe('What runs it: downloader, bash or ansible.'),
  version: z.string().describe('Version of the playbook, script or artifact.'),
  params: z.record(z.string(), z.string()).optional().describe('Parameters. A change runs the item again.'),
  phase: z.enum(itemPhases).optional().describe('When it runs: prepare, deploy or reconfigure.'),
});
export type StateItem = z.infer<typeof StateItemSchema>;

/** Items by the type of the machine they are for. */
export const MachineTypesSchema = z.object({
  control: z.array(StateItemSchema).optional().describe('Items of control-plane machines, in order.'),
  worker: z.array(StateItemSchema).optional().describe('Items of workers, in order.'),
  bastion: z.array(StateItemSchema).optional().describe('Items of bastions; unused on bare metal.'),
});
export type MachineTypes = z.infer<typeof MachineTypesSchema>;

export const AgentConfigSchema = z.object({
  version: z.string().optional().describe('Version of the agent.'),
  downloadURL: z.string().optional().describe('Where its binary is fetched from.'),
  sha256: z.string().optional().describe('Checksum of the binary.'),
  args: z.array(z.string()).optional().describe('Arguments of the agent.'),
});
export type AgentConfig = z.infer<typeof AgentConfigSchema>;

export const LcmImagesSchema = z.looseObject({
  helmController: z.string().optional().describe('Image of the Helm controller.'),
  tiller: z.string().optional().describe('Legacy, no effect.'),
  ucpSourceRepo: z.string().optional().describe('Registry that images of the Kubernetes distribution come from.'),
  ucpTargetRepo: z.string().optional().describe('Registry that they are pulled from on nodes.'),
});

export const ComponentsSchema = z.looseObject({
  ucpVersion: z.string().optional().describe('Version of the Kubernetes distribution.'),
});
