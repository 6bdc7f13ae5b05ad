import { z } from 'zod';
import { MacAddressSchema, ObjectReferenceSchema, SecretReferenceSchema, TimestampSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';
import { ProgressSchema } from '../../progress.js';
import { HardwareDetailsSchema } from './hardware.js';

export const provisioningStates = [
  '',
  'unmanaged',
  'registering',
  'match profile',
  'inspecting',
  'preparing',
  'ready',
  'available',
  'provisioning',
  'provisioned',
  'externally provisioned',
  'deprovisioning',
  'powering off before delete',
  'deleting',
] as const;
export type ProvisioningState = (typeof provisioningStates)[number];

export const operationalStatuses = ['', 'OK', 'discovered', 'error', 'delayed', 'detached', 'servicing'] as const;
export type OperationalStatus = (typeof operationalStatuses)[number];

export const hostErrorTypes = [
  'provisioned registration error',
  'registration error',
  'inspection error',
  'preparation error',
  'provisioning error',
  'power management error',
  'detach error',
  'servicing error',
] as const;
export type HostErrorType = (typeof hostErrorTypes)[number];

export const bootModes = ['UEFI', 'UEFISecureBoot', 'legacy'] as const;

export const BmcDetailsSchema = z.object({
  address: z
    .string()
    .describe('URL of the BMC; its scheme selects the driver, as in redfish://10.0.0.1/redfish/v1/Systems/1.'),
  credentialsName: z.string().describe('Secret with the keys username and password.'),
  disableCertificateVerification: z
    .boolean()
    .optional()
    .describe('Accept any certificate of the BMC. For BMCs with self-made certificates only.'),
});

export const ImageSchema = z.object({
  url: z.string().describe('Where the image is fetched from.'),
  checksum: z.string().optional().describe('Checksum of the image, or the URL of a file with it.'),
  checksumType: z.enum(['md5', 'sha256', 'sha512', 'auto']).optional().describe('Algorithm of the checksum.'),
  format: z.enum(['raw', 'qcow2', 'vdi', 'vmdk', 'live-iso']).optional().describe('Format of the image.'),
  ociAuthSecretName: z.string().optional().describe('Secret to fetch the image from an OCI registry.'),
});
export type Image = z.infer<typeof ImageSchema>;

export const RootDeviceHintsSchema = z.object({
  deviceName: z.string().optional().describe('Device name such as /dev/sda, or a link by path.'),
  hctl: z.string().optional().describe('SCSI host:channel:target:lun.'),
  minSizeGigabytes: z.int().min(0).optional().describe('Smallest size in GB.'),
  model: z.string().optional().describe('Part of the model name.'),
  rotational: z.boolean().optional().describe('Whether it spins.'),
  serialNumber: z.string().optional().describe('Serial number.'),
  vendor: z.string().optional().describe('Part of the vendor name.'),
  wwn: z.string().optional().describe('World wide name.'),
  wwnVendorExtension: z.string().optional().describe('World wide name, vendor part.'),
  wwnWithExtension: z.string().optional().describe('World wide name with vendor part.'),
});

const RaidSchema = z.object({
  hardwareRAIDVolumes: z
    .array(
      z.object({
        level: z.enum(['0', '1', '2', '5', '6', '1+0', '5+0', '6+0']).describe('RAID level.'),
        name: z.string().max(64).optional().describe('Name of the volume.'),
        sizeGibibytes: z.int().min(0).optional().describe('Size in GiB; the whole of the disks unless given.'),
        rotational: z.boolean().optional().describe('Use only spinning disks, or only others.'),
        numberOfPhysicalDisks: z.int().min(1).optional().describe('Disks in the volume.'),
        controller: z.string().optional().describe('RAID controller to use.'),
        physicalDisks: z.array(z.string()).optional().describe('Disks by name.'),
      }),
    )
    .nullable()
    .optional()
    .describe('Volumes of a RAID controller; the first is the root volume.'),
  softwareRAIDVolumes: z
    .array(
      z.object({
        level: z.enum(['0', '1', '1+0']).describe('RAID level.'),
        sizeGibibytes: z.int().min(0).optional().describe('Size in GiB.'),
        physicalDisks: z.array(RootDeviceHintsSchema).min(2).optional().describe('Disks by hints.'),
      }),
    )
    .max(2)
    .nullable()
    .optional()
    .describe('Volumes made by the operating system.'),
});

export const BareMetalHostSpecSchema = z.object({
  architecture: z.string().optional().describe('Processor architecture; found by inspection unless given.'),
  automatedCleaningMode: z
    .enum(['metadata', 'disabled'])
    .default('metadata')
    .describe('Whether partition tables are wiped before and after use.'),
  bmc: BmcDetailsSchema.optional().describe('How the BMC is reached; without it the host is unmanaged.'),
  bootMACAddress: MacAddressSchema.optional().describe('MAC address of the interface the server boots over.'),
  bootMode: z.enum(bootModes).default('UEFI').describe('Firmware mode to boot in.'),
  consumerRef: ObjectReferenceSchema.optional().describe('Who uses the host: the Machine that claimed it.'),
  customDeploy: z
    .object({ method: z.string().describe('Name of the method.') })
    .optional()
    .describe('Deploy by a custom method instead of an image.'),
  description: z.string().optional().describe('Free text.'),
  disablePowerOff: z.boolean().optional().describe('Never power the server off, only reboot it.'),
  externallyProvisioned: z
    .boolean()
    .optional()
    .describe('Something else provisioned the server; only its power is managed.'),
  firmware: z
    .object({
      simultaneousMultithreadingEnabled: z.boolean().optional().describe('No effect.'),
      sriovEnabled: z.boolean().optional().describe('No effect.'),
      virtualizationEnabled: z.boolean().optional().describe('No effect.'),
    })
    .optional()
    .describe('Deprecated, no effect.'),
  hardwareProfile: z.string().optional().describe('Deprecated.'),
  image: ImageSchema.optional().describe(
    'The operating system to install. Setting it starts provisioning, removing it deprovisioning.',
  ),
  inspectionMode: z.enum(['disabled', 'agent', 'fast']).optional().describe('How the server is inspected.'),
  metaData: SecretReferenceSchema.optional().describe('Secret with the meta data of the config drive.'),
  networkData: SecretReferenceSchema.optional().describe('Secret with the network configuration of the config drive.'),
  userData: SecretReferenceSchema.optional().describe('Secret with the user data of the config drive, key userData.'),
  networkInterfaces: z
    .array(
      z.object({
        name: z.string().optional().describe('Interface by name.'),
        macAddress: z.string().optional().describe('Interface by MAC address.'),
        hostNetworkAttachment: z
          .object({ name: z.string().describe('Name of the HostNetworkAttachment.') })
          .optional()
          .describe('Network to attach.'),
        switchPort: z
          .object({
            switchID: z.string().optional().describe('Switch by its MAC.'),
            portID: z.string().optional().describe('Port of the switch.'),
          })
          .optional()
          .describe('Where the interface is plugged in.'),
      }),
    )
    .optional()
    .describe('How interfaces are attached to networks.'),
  online: z.boolean().describe('Whether the server should be powered on.'),
  preprovisioningNetworkDataName: z
    .string()
    .optional()
    .describe('Secret with the network configuration for inspection.'),
  raid: RaidSchema.optional().describe('RAID volumes to make while preparing.'),
  rootDeviceHints: RootDeviceHintsSchema.optional().describe('Which disk the operating system goes to.'),
  taints: z
    .array(
      z.object({
        key: z.string().describe('Taint key.'),
        value: z.string().optional().describe('Taint value.'),
        effect: z.string().describe('Taint effect.'),
        timeAdded: TimestampSchema.optional().describe('When it was added.'),
      }),
    )
    .optional()
    .describe('Unused.'),
});
export type BareMetalHostSpec = z.infer<typeof BareMetalHostSpecSchema>;

const CredentialsStatusSchema = z.object({
  credentials: SecretReferenceSchema.nullable().optional().describe('The Secret.'),
  credentialsVersion: z.string().optional().describe('resourceVersion of the Secret when it was used.'),
});

const OperationMetricSchema = z.object({
  start: TimestampSchema.nullable().optional().describe('When the last one began.'),
  end: TimestampSchema.nullable().optional().describe('When it ended.'),
});

/** Metal3's newer conditions are Kubernetes' own: unlike those of the management API they carry status and reason. */
export const KubernetesConditionSchema = z.object({
  type: z.string().describe('What the condition speaks of.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z.string().describe('PascalCase word for why.'),
  message: z.string().describe('A sentence for operators.'),
  lastTransitionTime: TimestampSchema.describe('When the status last changed.'),
  observedGeneration: z.int().min(0).optional().describe('Generation of the spec it speaks of.'),
});
export type KubernetesCondition = z.infer<typeof KubernetesConditionSchema>;

export const ProvisionStatusSchema = z.object({
  ID: z.string().describe("The provisioner's id of the server."),
  state: z.enum(provisioningStates).describe('Where the host stands in its life.'),
  image: ImageSchema.optional().describe('The image last provisioned.'),
  bootMode: z.enum(bootModes).optional().describe('The boot mode in use.'),
  customDeploy: z
    .object({ method: z.string().describe('Name of the method.') })
    .optional()
    .describe('The custom method last used.'),
  firmware: z.looseObject({}).optional().describe('Deprecated, no effect.'),
  raid: RaidSchema.optional().describe('The RAID volumes last made.'),
  rootDeviceHints: RootDeviceHintsSchema.optional().describe('The hints last used.'),
});

export const BareMetalHostStatusSchema = z.object({
  conditions: z
    .array(KubernetesConditionSchema)
    .optional()
    .describe('Manageable, Provisioned, Ready, AvailableForProvisioning, Progressing, Healthy.')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
  errorCount: z.int().default(0).describe('Errors in a row.'),
  errorMessage: z.string().describe('The last error; empty when there is none.'),
  errorType: z.enum(hostErrorTypes).optional().describe('Kind of the last error.'),
  goodCredentials: CredentialsStatusSchema.optional().describe('The last credentials that worked.'),
  triedCredentials: CredentialsStatusSchema.optional().describe('The last credentials tried.'),
  hardware: HardwareDetailsSchema.optional().describe('What inspection found.'),
  hardwareProfile: z.string().optional().describe('Deprecated.'),
  lastUpdated: TimestampSchema.nullable().optional().describe('When the status last changed.'),
  operationHistory: z
    .object({
      register: OperationMetricSchema.optional().describe('Registration.'),
      inspect: OperationMetricSchema.optional().describe('Inspection.'),
      provision: OperationMetricSchema.optional().describe('Provisioning.'),
      deprovision: OperationMetricSchema.optional().describe('Deprovisioning.'),
    })
    .optional()
    .describe('When each operation last began and ended.'),
  operationalStatus: z.enum(operationalStatuses).describe('Whether the host works.'),
  poweredOn: z.boolean().describe('Whether the server is on.'),
  provisioning: ProvisionStatusSchema.describe('What is installed and how far it got.'),
  provisioningFailCount: z.int().default(0).describe('Failed provisionings in a row.'),
  progress: ProgressSchema.optional(),
});
export type BareMetalHostStatus = z.infer<typeof BareMetalHostStatusSchema>;

/** `kubectl get bmh`: a server as the provisioner sees it. */
export const BareMetalHostKind = defineKind({
  group: 'metal3.io',
  version: 'v1alpha1',
  kind: 'BareMetalHost',
  plural: 'baremetalhosts',
  scope: 'Namespaced',
  shortNames: ['bmh', 'bmhost'],
  owner: 'baremetal-svc',
  description:
    'A server as the provisioner sees it: registered, inspected, prepared, provisioned with an operating system, and back. It is made from the BareMetalHostInventory of the same name; direct edits of its fields are overwritten.',
  spec: BareMetalHostSpecSchema,
  status: BareMetalHostStatusSchema,
  columns: [
    {
      name: 'Status',
      type: 'string',
      jsonPath: '.status.operationalStatus',
      description: 'Operational status',
      priority: 0,
    },
    { name: 'State', type: 'string', jsonPath: '.status.provisioning.state', description: 'Provisioning state' },
    { name: 'Consumer', type: 'string', jsonPath: '.spec.consumerRef.name', description: 'Consumer using this host' },
    { name: 'BMC', type: 'string', jsonPath: '.spec.bmc.address', description: 'Address of the BMC', priority: 1 },
    { name: 'Online', type: 'string', jsonPath: '.spec.online', description: 'Whether the host should be on' },
    { name: 'Error', type: 'string', jsonPath: '.status.errorType', description: 'Kind of the last error' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation' },
  ],
  rules: [
    {
      at: '',
      rule: '!has(oldSelf.spec.bmc) || !has(self.spec.bmc) || self.spec.bmc.address == oldSelf.spec.bmc.address || !has(oldSelf.status) || oldSelf.status.operationalStatus == "detached" || oldSelf.status.provisioning.state in ["", "unmanaged", "registering"]',
      message:
        'spec.bmc.address can be changed only while the host is registering, or detached by the annotation baremetalhost.metal3.io/detached',
      reason: 'FieldValueForbidden',
    },
    {
      at: '',
      rule: '!has(oldSelf.spec.bootMACAddress) || (has(self.spec.bootMACAddress) && self.spec.bootMACAddress == oldSelf.spec.bootMACAddress) || !has(oldSelf.status) || oldSelf.status.operationalStatus == "detached" || oldSelf.status.provisioning.state in ["", "unmanaged", "registering"]',
      message:
        'spec.bootMACAddress can be changed only while the host is registering, or detached by the annotation baremetalhost.metal3.io/detached',
      reason: 'FieldValueForbidden',
    },
  ],
  notes: [
    "The guards on a changed BMC address and boot MAC are Metal3's own (its webhook); unlike there the MAC may also change while the host is registering, so that a typing error in the inventory can be cured (choice).",
    'The states `match profile` and `ready` are legacy: they are read, never written.',
    "conditions are Kubernetes' own form here, as in Metal3; `progress` is Keelson's.",
  ],
});
export type BareMetalHost = ObjectOf<typeof BareMetalHostKind>;
