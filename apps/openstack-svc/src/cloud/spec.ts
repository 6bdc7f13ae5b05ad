import { terminal } from '@keelson/std';
import { z } from 'zod';
import type { JsonRecord } from '../render/json.js';
import { mergeDeep } from './merge.js';
import { presetOf, presets, sizeOf, sizes } from './presets.js';

/** The spec as rendering reads it: preset, then size, then the user's own, with defaults; unknown members are kept. */
export type MergedSpec = z.infer<typeof MergedSpecSchema>;

const ValueOrReference = z.union([
  z.string(),
  z.looseObject({
    value_from: z.looseObject({ secret_key_ref: z.looseObject({ name: z.string(), key: z.string() }) }),
  }),
]);
/** Text, or where the text is kept. */
export type ValueOrReference = z.infer<typeof ValueOrReference>;

const raw = z.record(z.string(), z.unknown());
const enabled = z.looseObject({ enabled: z.boolean().default(false) });
const off = { enabled: false };

const GlanceBackend = z.looseObject({
  default: z.boolean().optional(),
  pvc: z.looseObject({ size: z.string(), storage_class_name: z.string().optional() }).optional(),
});
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
const Nova = z.looseObject({
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
  trusted: z.boolean().optional(),
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
  socket_memory: z.string().default('1024'),
  hugepages: z
    .looseObject({ size: z.string().optional(), amount: z.union([z.string(), z.number()]).optional() })
    .optional(),
  bridges: z.array(z.looseObject({ name: z.string(), ip_address: z.string().optional() })).default([]),
  nics: z.array(z.looseObject({ ...DpdkPort, bridge: z.string(), mtu: z.number().optional() })).default([]),
  bonds: z
    .array(
      z.looseObject({
        name: z.string(),
        bridge: z.string(),
        bond_mode: z.string().default('active-backup'),
        lacp: z.string().optional(),
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
const Neutron = z.looseObject({
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

/** Options of Apache's module for OpenID Connect; those that are not named here are handed to it as they are. */
const Oidc = z
  .object({
    OIDCClientID: z.string().default('os'),
    OIDCProviderMetadataURL: z.string().optional(),
    OIDCRedirectURI: z.union([z.string().transform((one) => [one]), z.array(z.string())]).optional(),
  })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

export type OidcOptions = z.infer<typeof Oidc>;

const IdentityProviderSpec = z.looseObject({
  issuer: z.string().transform((issuer) => issuer.replace(/\/+$/u, '')),
  description: z.string().optional(),
  enabled: z.boolean().default(true),
  mapping: z.array(z.unknown()).default([]),
  metadata: z
    .looseObject({
      client: z.object({ client_id: ValueOrReference.optional() }).catchall(ValueOrReference).prefault({}),
      conf: raw.default({}),
      provider: z
        .looseObject({
          value_from: z.looseObject({ from_url: z.looseObject({ url: z.string() }).optional() }).optional(),
        })
        .optional(),
    })
    .prefault({}),
  oauth2: z.record(z.string(), z.string()).default({}),
  oidc_ca: ValueOrReference.optional(),
});
export type IdentityProviderSpec = z.infer<typeof IdentityProviderSpec>;

/** A back end of Cinder or Manila: `values` are raw chart values, `conf.<project>.<section>` of which declare the driver. */
const ShareBackend = z.looseObject({
  type: z.string().default('statefulset'),
  enabled: z.boolean().default(true),
  create_volume_type: z.boolean().default(true),
  create_share_type: z.boolean().default(true),
  lvm: z.looseObject({ volume_group: z.string() }).optional(),
  values: raw.default({}),
});
const Cinder = z.looseObject({
  volume: z
    .looseObject({ enabled: z.boolean().default(true), backends: z.record(z.string(), ShareBackend).default({}) })
    .prefault({}),
  backup: z
    .looseObject({
      enabled: z.boolean().default(true),
      drivers: z
        .record(
          z.string(),
          z.looseObject({
            type: z.enum(['s3', 'nfs']),
            enabled: z.boolean().default(true),
            endpoint_url: z.string().optional(),
            store_bucket: z.string().optional(),
            store_access_key: ValueOrReference.optional(),
            store_secret_key: ValueOrReference.optional(),
            backup_share: z.string().optional(),
          }),
        )
        .default({}),
    })
    .prefault({}),
});
const Cleanup = z.looseObject({
  enabled: z.boolean().default(true),
  schedule: z.string().optional(),
  age: z.number().default(30),
  batch: z.number().default(1000),
});
const Database = z.looseObject({
  cleanup: z.record(z.string(), Cleanup).default({}),
  backup: z
    .looseObject({
      enabled: z.boolean().default(false),
      schedule_time: z.string().default('0 1 * * *'),
      backup_type: z.enum(['full', 'incremental']).default('incremental'),
      backups_to_keep: z.number().default(3),
      full_backup_cycle: z.number().default(604_800),
      backend: z.enum(['pvc', 'pv_nfs', 'hostpath']).default('pvc'),
      pv_nfs: z.looseObject({ server: z.string(), path: z.string() }).optional(),
      sync_remote: z
        .looseObject({
          enabled: z.boolean().default(false),
          remotes: z
            .record(z.string(), z.looseObject({ path: z.string(), conf: z.record(z.string(), ValueOrReference) }))
            .default({}),
        })
        .prefault({}),
      encryption: z.looseObject({ enabled: z.boolean().default(false) }).prefault({}),
    })
    .prefault({}),
  local_volumes: z.looseObject({ enabled: z.boolean().default(true) }).prefault({}),
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
const Ironic = z.looseObject({
  provisioning_interface: z.string().default('ironic-pxe'),
  baremetal_network_name: z.string().optional(),
  networks: z.looseObject({ baremetal: BaremetalNetwork.optional() }).prefault({}),
  agent_images: z
    .looseObject({ base_url: z.string().optional(), initramfs: z.string().optional(), kernel: z.string().optional() })
    .optional(),
  console: z.looseObject({ serial: enabled.prefault(off) }).prefault({}),
});

const Telemetry = z.looseObject({ mode: z.enum(['autoscaling']).default('autoscaling') });
export type TelemetryMode = z.infer<typeof Telemetry>['mode'];

const Features = z.looseObject({
  services: z.array(z.string()).default([]),
  network_policies: z.looseObject({ enabled: z.boolean().default(true) }).prefault({}),
  policies: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  glance: z
    .looseObject({
      backends: z.record(z.string(), z.record(z.string(), GlanceBackend)).default({}),
      signature: z
        .looseObject({ enabled: z.boolean().default(false), certificate_validation: z.boolean().default(false) })
        .prefault({}),
    })
    .prefault({}),
  database: Database.prefault({}),
  designate: z
    .looseObject({
      backend: z
        .looseObject({
          type: z.string().default('powerdns'),
          protocol: z.enum(['udp', 'tcp', 'tcp+udp']).default('udp'),
          external_ip: z.string().optional(),
        })
        .prefault({}),
    })
    .prefault({}),
  ssl: z
    .looseObject({
      tls_proxy: z.looseObject({ enabled: z.boolean().default(true) }).prefault({}),
      public_endpoints: z
        .looseObject({
          ca_cert: ValueOrReference.optional(),
          api_cert: ValueOrReference.optional(),
          api_key: ValueOrReference.optional(),
        })
        .prefault({}),
    })
    .prefault({}),
  barbican: z.looseObject({ backends: raw.default({}) }).prefault({}),
  nova: Nova.prefault({}),
  horizon: z
    .looseObject({
      default_theme: z.string().default('default'),
      themes: z
        .array(
          z.looseObject({
            name: z.string(),
            description: z.string().optional(),
            url: z.string().optional(),
            sha256summ: z.string().optional(),
            enabled: z.boolean().default(true),
          }),
        )
        .default([]),
      motd: z
        .record(
          z.string(),
          z.looseObject({
            level: z.string().default('info'),
            message: z.string(),
            beforeLogin: z.boolean().default(false),
            afterLogin: z.boolean().default(true),
          }),
        )
        .default({}),
    })
    .prefault({}),
  keystone: z
    .looseObject({
      users: z
        .looseObject({ admin: z.looseObject({ project_name: z.string().min(1).default('admin') }).prefault({}) })
        .prefault({}),
      keycloak: z
        .looseObject({ enabled: z.boolean().default(false), url: z.string().optional(), oidc: Oidc.prefault({}) })
        .prefault({}),
      federation: z
        .looseObject({
          openid: z
            .looseObject({
              enabled: z.boolean().default(false),
              oidc: Oidc.prefault({}),
              oidc_auth_type: z.enum(['oauth20', 'oauth2']).default('oauth20'),
              providers: z.record(z.string(), IdentityProviderSpec).default({}),
            })
            .prefault({}),
        })
        .prefault({}),
      domain_specific_configuration: z
        .looseObject({
          enabled: z.boolean().default(false),
          ks_domains: z
            .record(z.string(), z.looseObject({ enabled: z.boolean().default(true), config: raw.default({}) }))
            .default({}),
        })
        .prefault({}),
    })
    .prefault({}),
  neutron: Neutron.prefault({}),
  messaging: z
    .looseObject({
      components_with_dedicated_messaging: z.array(z.string()).default([]),
      notifications: z
        .looseObject({
          external: z
            .looseObject({ enabled: z.boolean().default(false), topics: z.array(z.string()).default([]) })
            .prefault({}),
        })
        .prefault({}),
    })
    .prefault({}),
  ironic: Ironic.prefault({}),
  octavia: z
    .looseObject({
      default_provider: z.enum(['amphorav2', 'ovn', 'tungstenfabric']).optional(),
      lb_network: raw.default({}),
    })
    .prefault({}),
  cinder: Cinder.prefault({}),
  manila: z
    .looseObject({
      share: z.looseObject({ backends: z.record(z.string(), ShareBackend).default({}) }).prefault({}),
    })
    .prefault({}),
  masakari: raw.default({}),
  stacklight: enabled.prefault(off),
  telemetry: Telemetry.prefault({}),
  logging: z
    .object({
      cadf: z
        .looseObject({
          enabled: z.boolean().default(false),
          driver: z.enum(['messagingv2', 'log']).default('messagingv2'),
        })
        .prefault({}),
    })
    .catchall(z.looseObject({ level: z.string().optional() }))
    .prefault({}),
  cloudprober: z
    .looseObject({ discovery: z.looseObject({ interval: z.number().default(600) }).prefault({}) })
    .prefault({}),
});

/** Values for all charts of a group; `releases.values` is the older place for them. */
const ChartGroup = z.looseObject({
  values: raw.default({}),
  releases: z.looseObject({ values: raw.default({}) }).prefault({}),
});

export const MergedSpecSchema = z.looseObject({
  openstack_version: z.string(),
  preset: z.enum(presets),
  size: z.enum(sizes),
  public_domain_name: z.string().min(1),
  internal_domain_name: z.string().default('cluster.local'),
  region_name: z.string().default('RegionOne'),
  draft: z.boolean().default(false),
  artifacts: z
    .looseObject({ images_base_url: z.string().optional(), binary_base_url: z.string().optional() })
    .prefault({}),
  local_volume_storage_class: z.string().default('openstack-operator-bind-mounts'),
  persistent_volume_storage_class: z.string().optional(),
  common: z
    .looseObject({
      charts: ChartGroup.prefault({}),
      infra: ChartGroup.prefault({}),
      openstack: ChartGroup.prefault({}),
    })
    .prefault({}),
  features: Features.prefault({}),
  nodes: z.record(z.string(), raw).default({}),
  migration: z
    .looseObject({ ingress: z.looseObject({ state: z.enum(['absent', 'present']) }).optional() })
    .prefault({}),
  services: z.record(z.string(), z.record(z.string(), z.looseObject({ values: raw.default({}) }))).default({}),
  timeouts: z
    .looseObject({
      application_readiness: z
        .record(z.string(), z.looseObject({ timeout: z.number().default(1200), delay: z.number().default(10) }))
        .default({}),
    })
    .prefault({}),
});

/**
 * What a spec amounts to: preset, then size, then the user's spec, the later wins; maps merge deep and lists of preset and
 * size are appended to.
 *
 * @throws Failure terminal naming the first field that is wrong
 */
export function mergeSpec(spec: object): MergedSpec {
  const own: JsonRecord = { ...spec };
  const { preset, size, openstack_version: release } = own;
  return parseSpec(mergeDeep(mergeDeep(presetOf(preset, release), sizeOf(size), 'append'), own, 'append'));
}

/**
 * Reads a spec that is merged already, such as one with the overrides of a node laid over it.
 *
 * @throws Failure terminal naming the first field that is wrong
 */
export function parseSpec(merged: object): MergedSpec {
  const result = MergedSpecSchema.safeParse(merged);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = ['spec', ...(issue?.path ?? [])].join('.');
  throw terminal(`Rendering OpenStack: ${field}: ${issue?.message ?? 'is not valid'}`, { reason: 'InvalidSpec' });
}
