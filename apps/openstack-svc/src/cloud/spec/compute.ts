import { z } from 'zod';
import { enabled, off } from './fields.js';

const NovaImages = z.looseObject({
  backend: z.enum(['local', 'qcow2', 'ceph', 'lvm', 'raw']).default('local'),
  encryption: z
    .looseObject({
      enabled: z.boolean().default(false),
      cipher: z.string().default('aes-xts-plain64'),
      key_size: z.number().default(256),
    })
    .optional(),
  lvm: z.looseObject({ volume_group: z.string().default('nova-vol') }).optional(),
});
export const Nova = z.looseObject({
  live_migration_interface: z.string().optional(),
  allocation_ratios: z
    .looseObject({ cpu: z.number().optional(), disk: z.number().optional(), ram: z.number().optional() })
    .optional(),
  vcpu_type: z.string().optional(),
  images: NovaImages.prefault({}),
  libvirt: z.looseObject({ tls: enabled.prefault(off) }).prefault({}),
  console: z
    .looseObject({
      spice: enabled.prefault(off),
      novnc: z.looseObject({ enabled: z.boolean().default(true), tls: enabled.prefault(off) }).prefault({}),
    })
    .prefault({}),
});

const BaremetalNetwork = z.looseObject({
  name: z.string().optional(),
  physnet: z.string().default('ironic'),
  network_type: z.string().default('vlan'),
  segmentation_id: z.number().optional(),
  mtu: z.number().optional(),
  external: z.boolean().default(true),
  shared: z.boolean().default(true),
  subnets: z
    .array(
      z.looseObject({
        name: z.string(),
        range: z.string(),
        pool_start: z.string().optional(),
        pool_end: z.string().optional(),
        gateway: z.string().optional(),
      }),
    )
    .default([]),
  bind_deployment_services: z.boolean().default(false),
});
export type BaremetalNetwork = z.infer<typeof BaremetalNetwork>;
export const Ironic = z.looseObject({
  provisioning_interface: z.string().default('ironic-pxe'),
  baremetal_network_name: z.string().optional(),
  networks: z.looseObject({ baremetal: BaremetalNetwork.optional() }).prefault({}),
  agent_images: z
    .looseObject({ base_url: z.string().optional(), initramfs: z.string().optional(), kernel: z.string().optional() })
    .optional(),
  console: z.looseObject({ serial: enabled.prefault(off) }).prefault({}),
});
