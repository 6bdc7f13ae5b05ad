import { z } from 'zod';
import { enabled, off, raw } from './fields.js';

const ExternalNetwork = z.looseObject({
  physnet: z.string(),
  bridge: z.string(),
  network_types: z.array(z.string()),
  interface: z.string().optional(),
  vlan_ranges: z.string().optional(),
  mtu: z.number().optional(),
});
const SriovNic = z.looseObject({
  device: z.string(),
  num_vfs: z.number(),
  physnet: z.string().optional(),
  mtu: z.number().optional(),
  trusted: z
    .union([z.boolean(), z.enum(['true', 'false'])])
    .transform((value) => String(value) === 'true')
    .optional(),
  hooks: z.looseObject({ pre_init: z.string().optional(), init: z.string().optional() }).prefault({}),
});
export type SriovNic = z.infer<typeof SriovNic>;
const DpdkPort = {
  name: z.string(),
  pci_id: z.string(),
  driver: z.string().optional(),
  n_rxq: z.number().optional(),
};
const Dpdk = z.looseObject({
  enabled: z.boolean(),
  driver: z.string().default('igb_uio'),
  socket_memory: z
    .string()
    .regex(/^[0-9]+(,[0-9]+)*$/)
    .default('1024'),
  hugepages: z
    .looseObject({
      size: z.enum(['2Mi', '1Gi']).default('2Mi'),
      amount: z.union([z.int().min(0), z.string().regex(/^[0-9]+(Mi|Gi)?$/)]).default('1Gi'),
    })
    .prefault({}),
  bridges: z.array(z.looseObject({ name: z.string(), ip_address: z.string().optional() })).default([]),
  nics: z.array(z.looseObject({ ...DpdkPort, bridge: z.string(), mtu: z.number().optional() })).default([]),
  bonds: z
    .array(
      z.looseObject({
        name: z.string(),
        bridge: z.string(),
        bond_mode: z.string().default('active-backup'),
        lacp: z.string().optional(),
        ovs_options: z.string().optional(),
        mtu: z.number().optional(),
        nics: z.array(z.looseObject(DpdkPort)),
      }),
    )
    .default([]),
});
const GenericSwitches = z.looseObject({
  hardware: z.record(z.string(), raw).default({}),
  devices: z.array(z.looseObject({ name: z.string(), hardware: z.string().optional() })).default([]),
});
const FloatingNetwork = z.looseObject({
  enabled: z.boolean().default(false),
  name: z.string().default('public'),
  physnet: z.string().default('physnet1'),
  network_type: z.string().default('flat'),
  segmentation_id: z.number().optional(),
  subnet: z
    .looseObject({
      name: z.string().default('public-subnet'),
      range: z.string().optional(),
      pool_start: z.string().optional(),
      pool_end: z.string().optional(),
      gateway: z.string().optional(),
    })
    .prefault({}),
  router: z.looseObject({ name: z.string().default('r1') }).prefault({}),
});
export const Neutron = z.looseObject({
  tunnel_interface: z.string().optional(),
  dns_servers: z.array(z.string()).default([]),
  backend: z.enum(['ml2', 'ml2/ovn', 'tungstenfabric']).default('ml2'),
  dvr: enabled.prefault(off),
  tenant_network_types: z.array(z.string()).optional(),
  external_networks: z.array(ExternalNetwork).default([]),
  floating_network: FloatingNetwork.prefault({}),
  extensions: z
    .looseObject({
      vpnaas: enabled.prefault(off),
      dynamic_routing: enabled.prefault(off),
      portprober: enabled.prefault(off),
      trunk: z.looseObject({ enabled: z.boolean().default(true) }).prefault({}),
    })
    .prefault({}),
  bgpvpn: z
    .looseObject({
      enabled: z.boolean().default(false),
      as_number: z.number().optional(),
      peers: z.array(z.string()).optional(),
      control_interface: z.string().optional(),
      route_reflector: z
        .looseObject({
          enabled: z.boolean().default(false),
          as_number: z.number().optional(),
          neighbor_subnets: z.array(z.string()).default(['0.0.0.0/0']),
        })
        .prefault({}),
    })
    .prefault({}),
  ipsec: enabled.prefault(off),
  sriov: z.looseObject({ enabled: z.boolean(), nics: z.array(SriovNic).default([]) }).optional(),
  dpdk: Dpdk.optional(),
  baremetal: z.looseObject({ ngs: GenericSwitches.prefault({}) }).prefault({}),
});

export const Octavia = z.looseObject({
  default_provider: z.enum(['amphorav2', 'ovn', 'tungstenfabric']).optional(),
  lb_network: raw.default({}),
});

export const Designate = z.looseObject({
  backend: z
    .looseObject({
      type: z.string().default('powerdns'),
      protocol: z.enum(['udp', 'tcp', 'tcp+udp']).default('udp'),
      external_ip: z.string().optional(),
    })
    .prefault({}),
});
