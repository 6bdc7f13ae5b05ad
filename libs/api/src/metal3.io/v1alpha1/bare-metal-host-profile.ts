import { z } from 'zod';
import { defineKind, type ObjectOf, type Rule } from '../../kind.js';

/** Bounds keep the estimated cost of the rules within what a kube-apiserver admits. */
const maxDevices = 48;
const maxPartitions = 12;
const maxNamed = 64;
const maxGroups = 16;
const maxMembers = 32;
/** A GPT partition name holds 36 UTF-16 units (UEFI specification 2.10, table 5.6). */
const maxPartitionName = 36;

const name = z.string().min(1).max(128);
const partitionName = z.string().max(maxPartitionName);
const sizeGiB = z.number().min(0).optional();
const size = z.union([z.int(), z.string().max(32)]).optional();

export const DeviceFilterSchema = z.object({
  byName: z.string().optional().describe('Device by name or link, such as /dev/disk/by-id/…'),
  workBy: z
    .string()
    .optional()
    .describe('Comma list of by_id, by_path, by_wwn, by_name: how the device is named while working, by preference.'),
  minSize: size.describe('Smallest size.'),
  minSizeGiB: sizeGiB.describe('Smallest size in GiB; minSize counts first.'),
  maxSize: size.describe('Largest size.'),
  maxSizeGiB: sizeGiB.describe('Largest size in GiB; maxSize counts first.'),
  type: z.enum(['ssd', 'hdd', 'nvme']).optional().describe('Kind of the device.'),
  wipe: z.boolean().optional().describe('Destroy everything on the device first.'),
  useFor: z
    .array(z.enum(['ceph']))
    .optional()
    .describe('Keep the device for this use.'),
});
export type DeviceFilter = z.infer<typeof DeviceFilterSchema>;

export const DiskPartitionSchema = z.object({
  name: partitionName.optional().describe('Name of the partition, unique in the profile.'),
  size: size.describe('Size; 0 or none takes the rest of the device and is for the last partition only.'),
  sizeGiB: sizeGiB.describe('Size in GiB; size counts first.'),
  partflags: z.array(z.string()).optional().describe('Flags such as bios_grub or esp.'),
  wipe: z.boolean().optional().describe('Destroy everything on the partition first.'),
});
export type DiskPartition = z.infer<typeof DiskPartitionSchema>;

export const PhysicalVolumeFilterSchema = z.object({
  partition: partitionName.optional().describe('Partition by name.'),
  softRaidDevice: name.optional().describe('Soft RAID device by name.'),
  minSize: size.describe('Smallest size.'),
  minSizeGiB: sizeGiB.describe('Smallest size in GiB.'),
  maxSize: size.describe('Largest size.'),
  maxSizeGiB: sizeGiB.describe('Largest size in GiB.'),
  type: z.string().optional().describe('Kind of the device.'),
  maxDevices: z.int().min(0).optional().describe('Most devices to take.'),
});

export const BareMetalHostProfileSpecSchema = z.object({
  preDeployScript: z.string().optional().describe('Shell script run before the operating system is installed.'),
  postDeployScript: z.string().optional().describe('Shell script run after it is installed, inside it.'),
  grubConfig: z
    .object({
      defaultGrubOptions: z.array(z.string()).optional().describe('Lines of /etc/default/grub.'),
      toDevices: z.array(z.string()).optional().describe('Devices that the boot loader goes to.'),
      toDeviceFailOver: z.string().optional().describe('Device to try when those fail.'),
    })
    .optional()
    .describe('Boot loader.'),
  devices: z
    .array(
      z.object({
        device: DeviceFilterSchema.optional().describe('Which disk.'),
        partitions: z.array(DiskPartitionSchema).max(maxPartitions).optional().describe('Its partitions, in order.'),
      }),
    )
    .max(maxDevices)
    .optional()
    .describe('Disks, each taken once.'),
  softRaidDevices: z
    .array(
      z.object({
        name: name.describe('Device such as /dev/md0.'),
        level: z.enum(['raid0', 'raid1', 'raid10']).default('raid1').describe('RAID level.'),
        metadata: z.enum(['1.0', '1.1', '1.2']).default('1.0').describe('Version of the metadata.'),
        devices: z.array(PhysicalVolumeFilterSchema).max(maxMembers).describe('Members.'),
      }),
    )
    .max(maxGroups)
    .optional()
    .describe('RAID made by the operating system.'),
  volumeGroups: z
    .array(
      z.object({
        name: name.describe('Name of the volume group.'),
        minSize: size.describe('Smallest size.'),
        minSizeGiB: sizeGiB.describe('Smallest size in GiB.'),
        devices: z.array(PhysicalVolumeFilterSchema).max(maxMembers).describe('Physical volumes.'),
      }),
    )
    .max(maxGroups)
    .optional()
    .describe('LVM volume groups.'),
  logicalVolumes: z
    .array(
      z.object({
        name: name.describe('Name of the logical volume.'),
        vg: name.describe('Volume group it lies in.'),
        size: size.describe('Size; 0 or none takes the rest of the group.'),
        sizeGiB: sizeGiB.describe('Size in GiB; size counts first.'),
        type: z.enum(['linear', 'raid1']).default('linear').describe('Layout.'),
      }),
    )
    .max(maxNamed)
    .optional()
    .describe('LVM logical volumes.'),
  fileSystems: z
    .array(
      z.object({
        fileSystem: z.string().describe('Type such as ext4, vfat or xfs.'),
        partition: partitionName.optional().describe('Partition it lies on.'),
        logicalVolume: name.optional().describe('Logical volume it lies on.'),
        softRaidDevice: name.optional().describe('Soft RAID device it lies on.'),
        mountPoint: z.string().optional().describe('Where it is mounted.'),
        mountOpts: z.string().optional().describe('Mount options.'),
        opts: z.string().optional().describe('Options of mkfs.'),
      }),
    )
    .max(maxNamed)
    .optional()
    .describe('File systems.'),
  kernelParameters: z
    .object({
      sysctl: z.record(z.string(), z.string()).optional().describe('sysctl values by name.'),
      modules: z
        .array(
          z.object({
            filename: z.string().describe('File in /etc/modprobe.d.'),
            content: z.string().describe('Its content.'),
          }),
        )
        .optional()
        .describe('Kernel modules.'),
    })
    .optional()
    .describe('Kernel.'),
  rootFSURL: z.string().optional().describe('Archive of the root file system instead of the image.'),
});
export type BareMetalHostProfileSpec = z.infer<typeof BareMetalHostProfileSpecSchema>;

const uniqueNames = (list: string): Rule => ({
  at: 'spec',
  rule: `!has(self.${list}) || self.${list}.all(a, self.${list}.exists_one(b, a.name == b.name))`,
  message: `spec.${list}: each name may occur once`,
  reason: 'FieldValueDuplicate',
});

const isZero = (item: string) =>
  `(!has(${item}.size) || (type(${item}.size) == string ? ${item}.size.matches('^0+([.]0*)?[A-Za-z]*$') : ${item}.size == 0)) && (!has(${item}.sizeGiB) || ${item}.sizeGiB == 0.0)`;

/** Holds when some partition of the profile is called `name`. */
const partitionExists = (partition: string) =>
  `(has(self.devices) && self.devices.exists(d, has(d.partitions) && d.partitions.exists(q, has(q.name) && q.name == ${partition})))`;

const membersNamePartitions = (list: 'volumeGroups' | 'softRaidDevices'): Rule[] => [
  {
    at: `spec.${list}[].devices[]`,
    rule: '!has(self.partition) || !(has(self.minSize) || has(self.minSizeGiB) || has(self.maxDevices) || has(self.type))',
    message: `spec.${list}[].devices[]: beside partition neither minSize, minSizeGiB, maxDevices nor type may be given`,
    reason: 'FieldValueInvalid',
  },
  {
    at: 'spec',
    rule: `!has(self.${list}) || self.${list}.all(g, g.devices.all(p, !has(p.partition) || ${partitionExists('p.partition')}))`,
    message: `spec.${list}[].devices[].partition must name a partition of spec.devices`,
    reason: 'FieldValueInvalid',
  },
];

const rules: readonly Rule[] = [
  {
    at: 'spec',
    rule: partitionExists("'config-2'"),
    message:
      'spec.devices[].partitions[]: one partition must be named config-2; the configuration of the first boot lies on it',
    reason: 'FieldValueRequired',
  },
  {
    at: 'spec',
    rule: '!has(self.devices) || self.devices.all(d, !has(d.partitions) || d.partitions.all(p, !has(p.name) || (d.partitions.exists_one(q, has(q.name) && q.name == p.name) && self.devices.exists_one(e, has(e.partitions) && e.partitions.exists(q, has(q.name) && q.name == p.name)))))',
    message: 'spec.devices[].partitions[].name: each name may occur once in the profile',
    reason: 'FieldValueDuplicate',
  },
  {
    at: 'spec.devices[]',
    // The one partition of size 0, if any, must be the last: indexOf finds it, since names are unique.
    rule: `!has(self.partitions) || self.partitions.all(p, !(${isZero('p')}) || self.partitions.indexOf(p) == self.partitions.size() - 1)`,
    message: 'spec.devices[].partitions[].size: size 0 (the rest of the device) is for the last partition only',
    reason: 'FieldValueInvalid',
  },
  uniqueNames('softRaidDevices'),
  uniqueNames('volumeGroups'),
  uniqueNames('logicalVolumes'),
  {
    at: 'spec',
    rule: '!has(self.logicalVolumes) || self.logicalVolumes.all(v, has(self.volumeGroups) && self.volumeGroups.exists(g, g.name == v.vg))',
    message: 'spec.logicalVolumes[].vg must name a volume group of spec.volumeGroups',
    reason: 'FieldValueInvalid',
  },
  ...membersNamePartitions('volumeGroups'),
  ...membersNamePartitions('softRaidDevices'),
  {
    at: 'spec.fileSystems[]',
    rule: '(has(self.partition) ? 1 : 0) + (has(self.logicalVolume) ? 1 : 0) + (has(self.softRaidDevice) ? 1 : 0) == 1',
    message: 'spec.fileSystems[] must name exactly one of partition, logicalVolume and softRaidDevice',
    reason: 'FieldValueInvalid',
  },
  {
    at: 'spec',
    rule: `!has(self.fileSystems) || self.fileSystems.all(f, !has(f.partition) || ${partitionExists('f.partition')})`,
    message: 'spec.fileSystems[].partition must name a partition of spec.devices',
    reason: 'FieldValueInvalid',
  },
  {
    at: 'spec',
    rule: '!has(self.fileSystems) || self.fileSystems.all(f, !has(f.logicalVolume) || (has(self.logicalVolumes) && self.logicalVolumes.exists(v, v.name == f.logicalVolume)))',
    message: 'spec.fileSystems[].logicalVolume must name a logical volume of spec.logicalVolumes',
    reason: 'FieldValueInvalid',
  },
  {
    at: 'spec',
    rule: '!has(self.fileSystems) || self.fileSystems.all(f, !has(f.softRaidDevice) || (has(self.softRaidDevices) && self.softRaidDevices.exists(r, r.name == f.softRaidDevice)))',
    message: 'spec.fileSystems[].softRaidDevice must name a device of spec.softRaidDevices',
    reason: 'FieldValueInvalid',
  },
  {
    at: 'spec',
    rule: '!has(self.fileSystems) || !has(self.volumeGroups) || self.fileSystems.all(f, !has(f.softRaidDevice) || self.volumeGroups.all(g, g.devices.all(p, !has(p.softRaidDevice) || p.softRaidDevice != f.softRaidDevice)))',
    message:
      'spec.fileSystems[].softRaidDevice: a soft RAID device may not serve both a file system and a volume group',
    reason: 'FieldValueInvalid',
  },
];

/** `kubectl get bmhp`: the disk layout and operating system settings of a host. */
export const BareMetalHostProfileKind = defineKind({
  group: 'metal3.io',
  version: 'v1alpha1',
  kind: 'BareMetalHostProfile',
  plural: 'baremetalhostprofiles',
  scope: 'Namespaced',
  shortNames: ['bmhprofile', 'bmhp'],
  owner: 'baremetal-svc',
  description:
    'The disk layout, kernel and boot settings that a host is installed with. The profile labelled kaas.mirantis.com/defaultBMHProfile: "true" is the default of its namespace; a Machine may name another. A change has no effect on a provisioned machine.',
  spec: BareMetalHostProfileSpecSchema,
  status: z.object({}),
  columns: [
    {
      name: 'Region',
      type: 'string',
      jsonPath: '.metadata.labels.kaas\\.mirantis\\.com/region',
      description: 'Legacy',
    },
    {
      name: 'Default',
      type: 'string',
      jsonPath: '.metadata.labels.kaas\\.mirantis\\.com/defaultBMHProfile',
      description: 'Whether it is the default of the namespace',
    },
  ],
  rules,
  notes: [
    'A file system, volume group or RAID member may not name what the profile does not define.',
    `Bounds that the wire format does not have, so that the rules stay affordable: ${maxDevices} devices, ${maxPartitions} partitions a device, ${maxGroups} RAID devices and volume groups of ${maxMembers} members, ${maxNamed} of every other list; partition names end at ${maxPartitionName} characters, as GPT has it.`,
  ],
});
export type BareMetalHostProfile = ObjectOf<typeof BareMetalHostProfileKind>;
