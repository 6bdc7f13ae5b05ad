import { z } from 'zod';
import { MacAddressSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import {
  bootModes,
  hostErrorTypes,
  operationalStatuses,
  provisioningStates,
} from '../../metal3.io/v1alpha1/bare-metal-host.js';
import { HardwareDetailsSchema } from '../../metal3.io/v1alpha1/hardware.js';
import { ProgressSchema } from '../../progress.js';

export const BareMetalHostInventorySpecSchema = z.object({
  bmc: z
    .object({
      address: z
        .string()
        .regex(/^([a-z][a-z0-9+.-]*:\/\/)?[^\s:/].*$/)
        .describe('URL of the BMC; its scheme selects the driver, as in redfish://10.0.0.1/redfish/v1/Systems/1.'),
      bmhCredentialsName: z.string().min(1).describe('Name of the BareMetalHostCredential in the same namespace.'),
      disableCertificateVerification: z
        .boolean()
        .optional()
        .describe('Accept any certificate of the BMC. For BMCs with self-made certificates only.'),
    })
    .describe('How the BMC is reached.'),
  bootMACAddress: MacAddressSchema.describe('MAC address of the interface the server boots over; unique.'),
  bootMode: z.enum(bootModes).default('UEFI').describe('Firmware mode to boot in.'),
  online: z.boolean().default(true).describe('Whether the server should be powered on.'),
});
export type BareMetalHostInventorySpec = z.infer<typeof BareMetalHostInventorySpecSchema>;

export const BareMetalHostInventoryStatusSchema = z.object({
  poweredOn: z.boolean().optional().describe('Whether the server is on.'),
  operationalStatus: z.enum(operationalStatuses).optional().describe('Whether the host works.'),
  provisioning: z
    .object({
      ID: z.string().optional().describe("The provisioner's id of the server."),
      state: z.enum(provisioningStates).optional().describe('Where the host stands in its life.'),
    })
    .optional()
    .describe('How far the host got.'),
  errorType: z.enum(hostErrorTypes).optional().describe('Kind of the last error.'),
  errorMessage: z.string().optional().describe('The last error; empty when there is none.'),
  errorCount: z.int().optional().describe('Errors in a row.'),
  hardware: HardwareDetailsSchema.optional().describe('What inspection found.'),
  progress: ProgressSchema.optional(),
});
export type BareMetalHostInventoryStatus = z.infer<typeof BareMetalHostInventoryStatusSchema>;

/** `kubectl get bmhi`: the operator's record of a server. */
export const BareMetalHostInventoryKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'BareMetalHostInventory',
  plural: 'baremetalhostinventories',
  scope: 'Namespaced',
  shortNames: ['bmhi'],
  owner: 'baremetal-svc',
  description:
    "The operator's record of a server: where its BMC is, by which account it is reached, over which interface it boots. The controller makes one BareMetalHost of the same name and namespace from it and repeats its status here.",
  spec: BareMetalHostInventorySpecSchema,
  status: BareMetalHostInventoryStatusSchema,
  columns: [
    { name: 'Status', type: 'string', jsonPath: '.status.operationalStatus', description: 'Operational status' },
    { name: 'State', type: 'string', jsonPath: '.status.provisioning.state', description: 'Provisioning state' },
    { name: 'Online', type: 'boolean', jsonPath: '.spec.online', description: 'Whether the host should be on' },
    { name: 'PoweredOn', type: 'boolean', jsonPath: '.status.poweredOn', description: 'Whether the server is on' },
    { name: 'BMC', type: 'string', jsonPath: '.spec.bmc.address', description: 'Address of the BMC', priority: 1 },
    { name: 'Error', type: 'string', jsonPath: '.status.errorType', description: 'Kind of the last error' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation' },
  ],
  notes: [
    'Status beyond poweredOn, the columns, `bmc.disableCertificateVerification` and the default `online: true` follow Metal3 (the reference guesses them).',
    'That the boot MAC is unique and that the credential exists cannot be said in a rule of one object: the controller says so in status.errorMessage and status.progress.',
  ],
});
export type BareMetalHostInventory = ObjectOf<typeof BareMetalHostInventoryKind>;
