import { z } from 'zod';
import { TextOrSecretSchema } from './values.js';

const enabled = z.boolean().optional().describe('Whether it is used.');
const networkType = z.enum(['flat', 'vlan', 'vxlan', 'geneve']);
const physnet = z.string().min(1).describe('Physical network by its name in Neutron.');

const BgpvpnSchema = z.looseObject({
  enabled,
  as_number: z.int().optional().describe('Autonomous system.'),
  peers: z.array(z.string()).optional().describe('Addresses of peers.'),
  control_interface: z.string().optional().describe('Interface that sessions go over.'),
  route_reflector: z
    .looseObject({
      enabled,
      as_number: z.int().optional().describe('Autonomous system, where bgpvpn names none: speakers are in the same.'),
      neighbor_subnets: z
        .array(z.string().regex(/^[0-9.]+\/[0-9]{1,2}$/))
        .optional()
        .describe('Networks whose speakers it reflects to, such as 10.0.0.0/24; all unless given.'),
    })
    .optional()
    .describe('Route reflector of the cloud itself, on controllers.'),
});

const SwitchSchema = z.looseObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/)
    .describe('Name, as ports of Ironic say in switch_info.'),
  hardware: z.string().optional().describe('Kind, one of hardware, whose options it has.'),
  device_type: z.string().optional().describe('Driver, such as netmiko_cisco_ios.'),
  ip: z.string().optional().describe('Address.'),
  username: z.string().optional().describe('User.'),
  password: TextOrSecretSchema.optional().describe('Its password.'),
});

export const networkBackends = ['ml2', 'ml2/ovn', 'tungstenfabric'] as const;
export type NetworkBackend = (typeof networkBackends)[number];

export const NeutronFeaturesSchema = z.object({
  tunnel_interface: z.string().min(1).describe('Network interface that tenant networks are tunnelled over.'),
  dns_servers: z.array(z.string()).optional().describe('Name servers that instances are given.'),
  backend: z
    .enum(networkBackends)
    .optional()
    .describe('ml2 is Open vSwitch, ml2/ovn is OVN, tungstenfabric is OpenSDN. That of the preset unless given.'),
  dvr: z.object({ enabled }).optional().describe('Routing on every compute node.'),
  tenant_network_types: z.array(networkType).max(4).optional().describe('Types of tenant networks, by preference.'),
  external_networks: z
    .array(
      z.object({
        physnet,
        bridge: z.string().min(1).describe('Bridge on gateways.'),
        network_types: z.array(networkType).min(1).describe('Types of networks on it.'),
        interface: z.string().optional().describe('Interface that goes into the bridge.'),
        vlan_ranges: z.string().optional().describe('first:last.'),
        mtu: z.int().min(68).optional().describe('Largest packet, bytes.'),
      }),
    )
    .optional()
    .describe('Networks that lead out of the cloud.'),
  floating_network: z
    .object({
      enabled,
      name: z.string().default('public').describe('Name of the network.'),
      physnet: physnet.optional(),
      network_type: networkType.optional().describe('Type of the network.'),
      segmentation_id: z.int().optional().describe('VLAN.'),
      subnet: z
        .object({
          name: z.string().optional().describe('Name.'),
          range: z.string().optional().describe('Network, such as 10.11.12.0/24.'),
          pool_start: z.string().optional().describe('First address given out.'),
          pool_end: z.string().optional().describe('Last address given out.'),
          gateway: z.string().optional().describe('Gateway.'),
        })
        .optional()
        .describe('Addresses.'),
      router: z
        .object({ name: z.string().default('r1').describe('Name.') })
        .optional()
        .describe('Router made with it.'),
    })
    .optional()
    .describe('Network of floating addresses, made with the cloud.'),
  extensions: z
    .object({
      vpnaas: z.object({ enabled }).optional().describe('VPN as a service.'),
      dynamic_routing: z.object({ enabled }).optional().describe('BGP speakers.'),
      portprober: z.object({ enabled }).optional().describe('Probes of ports.'),
      trunk: z.object({ enabled }).optional().describe('Trunk ports.'),
    })
    .optional()
    .describe('Extensions.'),
  baremetal: z
    .object({
      ngs: z
        .looseObject({
          hardware: z
            .record(z.string(), z.looseObject({}))
            .optional()
            .describe('Options of kinds of switches, by name of the kind.'),
          devices: z
            .array(SwitchSchema)
            .optional()
            .describe('Switches. Other members are options of networking-generic-switch by their names.'),
        })
        .optional()
        .describe('Switch driver.'),
    })
    .optional()
    .describe('Networks of bare metal instances.'),
  bgpvpn: BgpvpnSchema.optional().describe('BGP VPN.'),
  ipsec: z.object({ enabled }).optional().describe('Encrypted tunnels.'),
});

const subnetPool = z.object({
  range: z.string().optional().describe('Network.'),
  pool_start: z.string().optional().describe('First address given out.'),
  pool_end: z.string().optional().describe('Last address given out.'),
});

export const OctaviaFeaturesSchema = z.object({
  default_provider: z
    .enum(['amphorav2', 'ovn', 'tungstenfabric'])
    .optional()
    .describe('Provider of load balancers that name none.'),
  lb_network: z
    .object({
      name: z.string().optional().describe('Name.'),
      subnets: z.array(subnetPool).optional().describe('Addresses.'),
    })
    .optional()
    .describe('Management network of amphorae.'),
});

export const IronicFeaturesSchema = z.object({
  provisioning_interface: z.string().default('ironic-pxe').describe('Interface of the provisioning network.'),
  baremetal_network_name: z.string().optional().describe('Network of bare metal instances.'),
  networks: z
    .object({
      baremetal: z
        .looseObject({
          name: z.string().optional().describe('Name.'),
          physnet: physnet.optional(),
          network_type: networkType.optional().describe('Type.'),
          segmentation_id: z.int().optional().describe('VLAN.'),
          mtu: z.int().optional().describe('Largest packet, bytes.'),
          external: z.boolean().optional().describe('Leads out of the cloud.'),
          shared: z.boolean().optional().describe('For all projects.'),
          subnets: z
            .array(
              z.looseObject({
                name: z.string().describe('Name.'),
                ...subnetPool.shape,
                range: z.string().describe('Network.'),
                gateway: z.string().optional().describe('Where it leads out.'),
              }),
            )
            .optional()
            .describe('Addresses.'),
          bind_deployment_services: z.boolean().optional().describe('Serve provisioning on it.'),
        })
        .optional()
        .describe('Bare metal network.'),
    })
    .optional()
    .describe('Networks made with the cloud.'),
  agent_images: z
    .object({
      base_url: z.string().optional().describe('Where images are.'),
      initramfs: z.string().optional().describe('File name.'),
      kernel: z.string().optional().describe('File name.'),
    })
    .optional()
    .describe('Images of the deployment agent.'),
  console: z
    .object({ serial: z.object({ enabled }).optional().describe('Serial consoles.') })
    .optional()
    .describe('Consoles.'),
});

const pciId = z
  .string()
  .regex(/^[0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]$/)
  .describe('PCI address, such as 0000:05:00.0.');
const portName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/)
  .describe('Name of the port.');
const bridgeName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/);
const dpdkPort = {
  name: portName,
  pci_id: pciId,
  driver: z.string().optional().describe('Driver of this device, in place of that of the node.'),
  n_rxq: z.int().min(1).optional().describe('Queues that are read.'),
};
const DpdkNicSchema = z.looseObject({
  ...dpdkPort,
  bridge: bridgeName.describe('Bridge that it goes into.'),
  mtu: z.int().min(68).optional().describe('Largest packet, bytes.'),
});
const DpdkBondSchema = z.looseObject({
  name: portName,
  bridge: bridgeName.describe('Bridge that it goes into.'),
  bond_mode: z.enum(['active-backup', 'balance-slb', 'balance-tcp']).optional().describe('active-backup unless given.'),
  lacp: z.enum(['active', 'passive', 'off']).optional().describe('LACP with the switch.'),
  ovs_options: z
    .string()
    .regex(/^[A-Za-z0-9_:.,= -]*$/)
    .optional()
    .describe(
      'Columns of the port for ovs-vsctl, such as bond_mode=balance-tcp lacp=active; they come over the two above.',
    ),
  mtu: z.int().min(68).optional().describe('Largest packet, bytes.'),
  nics: z.array(z.looseObject(dpdkPort)).min(2).describe('Devices of the bond.'),
});
const DpdkBridgeSchema = z.looseObject({
  name: bridgeName.describe('Name.'),
  ip_address: z
    .string()
    .regex(/^[0-9.]+\/[0-9]{1,2}$/)
    .optional()
    .describe('Address of the node on it, such as 10.0.0.5/24: for tunnels.'),
});

/** MOSK's schema has text here; no structural type has both. */
const trusted = z
  .unknown()
  .pipe(z.custom<boolean | 'true' | 'false'>((value) => ['true', 'false'].includes(String(value))));

/** What a node may have of its own, in `spec.nodes`. */
export const NodeNeutronSchema = z.object({
  tunnel_interface: z.string().optional().describe('Network interface that tenant networks are tunnelled over.'),
  sriov: z
    .object({
      enabled: z.boolean().describe('Whether it is used.'),
      nics: z
        .array(
          z.looseObject({
            device: z.string().describe('Network device.'),
            num_vfs: z.int().min(0).describe('Virtual functions.'),
            physnet: physnet
              .optional()
              .describe('Physical network by its name in Neutron. Without one no port is bound to the device.'),
            mtu: z.int().optional().describe('Largest packet, bytes.'),
            trusted: trusted.optional().describe('Guests may change addresses: true or false, as text too.'),
            hooks: z
              .looseObject({
                pre_init: z.string().optional().describe('Before virtual functions are made.'),
                init: z.string().optional().describe('When they are there and the device is up.'),
              })
              .optional()
              .describe('Commands of bash, as root on the node, with DEVICE and NUM_VFS.'),
          }),
        )
        .optional()
        .describe('Devices.'),
    })
    .optional()
    .describe('SR-IOV.'),
  dpdk: z
    .looseObject({
      enabled: z.boolean().describe('Whether it is used.'),
      driver: z.string().describe('Driver of the devices.'),
      socket_memory: z
        .string()
        .regex(/^[0-9]+(,[0-9]+)*$/)
        .optional()
        .describe(
          'Huge pages taken at the start by NUMA node, MiB, such as 1024,1024; 1024 of the first unless given.',
        ),
      bridges: z.array(DpdkBridgeSchema).optional().describe('Bridges in user space.'),
      nics: z.array(DpdkNicSchema).optional().describe('Devices.'),
      bonds: z.array(DpdkBondSchema).optional().describe('Bonds.'),
      hugepages: z
        .looseObject({
          size: z.enum(['1Gi', '2Mi']).optional().describe('Size of a page; 2Mi unless given.'),
          amount: z
            .union([z.int().min(0), z.string().max(16)])
            .optional()
            .describe('How many, or as text how much memory, such as 8Gi; 1Gi unless given.'),
        })
        .optional()
        .describe(
          'Huge pages of the switch. The node must boot with them, by options of its kernel such as ' +
            'default_hugepagesz=1G hugepagesz=1G hugepages=8 in grubConfig of its BareMetalHostProfile: until then no pod of ' +
            'the switch is on it.',
        ),
    })
    .optional()
    .describe('DPDK.'),
  bgpvpn: z.object({ enabled }).optional().describe('BGP VPN.'),
});
