import type { CephAccess, CephPool, CloudNode } from './cloud.js';
import type { MigrationStage } from './migration.js';
import { placeholderSecrets } from './placeholder-secrets.js';
import { cloudOf, credentialsOf, renderCloud } from './render.js';
import type { RenderedService, ConfigFile } from './service.js';

export interface SpecOptions {
  readonly openstack_version?: string;
  readonly preset?: string;
  readonly size?: string;
  readonly features?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** A spec as an operator writes it; only what the test is about has to be said. */
export function aSpec(options: SpecOptions = {}): Readonly<Record<string, unknown>> {
  return {
    openstack_version: 'epoxy',
    preset: 'core',
    size: 'tiny',
    public_domain_name: 'cloud.example.org',
    ...options,
  };
}

/** Features that are off unless an operator asks for them. */
export const askedFeatures = {
  horizon: {
    motd: { maintenance: { level: 'warning', message: 'Back at noon' } },
    themes: [{ name: 'ours', url: 'https://files.example.org/ours.tgz', sha256summ: 'abc' }],
  },
  keystone: {
    keycloak: { enabled: true, url: 'https://iam.example.org' },
    federation: {
      openid: {
        enabled: true,
        providers: {
          partner: {
            issuer: 'https://login.example.com/realms/partner',
            metadata: { client: { client_id: 'cloud' } },
            mapping: [{ local: [{ user: { name: '{0}' } }], remote: [{ type: 'OIDC-preferred_username' }] }],
          },
        },
      },
    },
  },
  logging: { cadf: { enabled: true } },
  messaging: { notifications: { external: { enabled: true, topics: ['billing'] } } },
  policies: { strict_admin: { enabled: true } },
  stacklight: { enabled: true },
} as const;

export interface CloudOptions {
  readonly nodes?: readonly CloudNode[];
  readonly ceph?: CephAccess;
  readonly awaitsCeph?: boolean;
  readonly inFiles?: readonly string[];
  readonly migration?: MigrationStage;
  readonly readySeconds?: number;
}

/** What a storage hands over that has pools for everything, and two for volumes. */
export const someCeph: CephAccess = {
  monitors: ['10.0.0.1:6789'],
  clients: {
    glance: { user: 'glance', key: '(glance key)', pools: [pool('images')] },
    cinder: {
      user: 'cinder',
      key: '(cinder key)',
      pools: [pool('volumes'), { ...pool('volumes'), name: 'volumes-fast-ssd', deviceClass: 'ssd' }, pool('backup')],
    },
    nova: { user: 'nova', key: '(nova key)', pools: [pool('vms')] },
    manila: { user: 'manila', key: '(manila key)', pools: [] },
  },
};

function pool(role: string): CephPool {
  return { name: `${role}-hdd`, role, deviceClass: 'hdd' };
}

/** An array with a vendor's SDK in its image, on nodes of its own. */
export const anArray = {
  values: {
    conf: {
      cinder: {
        DEFAULT: { enabled_backends: 'flash' },
        flash: { volume_driver: 'cinder.volume.drivers.pure.PureISCSIDriver', volume_backend_name: 'FLASH' },
      },
    },
    images: { tags: { cinder_volume: 'mirror.example.org/cinder-with-sdk:1' } },
    labels: { volume: { node_selector_key: 'storage-network', node_selector_value: 'enabled' } },
    pod: { replicas: { volume: 2 }, resources: { volume: { limits: { memory: '1Gi' } } } },
  },
} as const;

/** The same of shares. */
export const aFiler = {
  values: {
    conf: { manila: { vendor: { share_driver: 'manila.share.drivers.netapp.common.NetAppDriver' } } },
    images: { tags: { manila_share: 'mirror.example.org/manila-with-sdk:1' } },
    labels: { share: { node_selector_key: 'storage-network', node_selector_value: 'enabled' } },
    pod: { replicas: { share: 2 } },
  },
} as const;

/** Every service of the spec, with credentials that name their secrets. */
export function rendered(spec: Readonly<Record<string, unknown>>, options: CloudOptions = {}): RenderedService[] {
  const input = { name: 'osh', namespace: 'openstack', spec, ...options };
  const bare = cloudOf({ ...input, secrets: placeholderSecrets([]) });
  return renderCloud({ ...input, secrets: placeholderSecrets(credentialsOf(bare)) });
}

/** One of them. */
export function renderedService(
  name: string,
  spec: Readonly<Record<string, unknown>>,
  options: CloudOptions = {},
): RenderedService {
  const service = rendered(spec, options).find((each) => each.service === name);
  if (service === undefined) throw new Error(`the spec does not enable ${name}`);
  return service;
}

/** A file of a service by its Secret and key. */
export function fileOf(service: RenderedService, secret: string, key: string): ConfigFile {
  const file = service.files.find((each) => each.secret === secret && each.key === key);
  if (file === undefined) throw new Error(`${service.service} has no file ${secret}/${key}`);
  return file;
}
