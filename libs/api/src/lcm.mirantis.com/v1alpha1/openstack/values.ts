import { z } from 'zod';

/** Releases of OpenStack, the oldest first. `master` is named by the schema and refused by a rule. */
export const openstackVersions = [
  'queens',
  'rocky',
  'stein',
  'train',
  'ussuri',
  'victoria',
  'wallaby',
  'xena',
  'yoga',
  'antelope',
  'caracal',
  'epoxy',
  'gazpacho',
  'master',
] as const;
export type OpenstackVersion = (typeof openstackVersions)[number];

export const openstackPresets = ['core', 'compute', 'compute-tf'] as const;
export type OpenstackPreset = (typeof openstackPresets)[number];

export const openstackSizes = ['single', 'tiny', 'small', 'medium'] as const;
export type OpenstackSize = (typeof openstackSizes)[number];

/** Services of a cloud, as `features.services` and presets name them. */
export const openstackServices = [
  'alarming',
  'app-gateway',
  'baremetal',
  'block-storage',
  'cloudprober',
  'compute',
  'coordination',
  'dashboard',
  'database',
  'descheduler',
  'dns',
  'dynamic-resource-balancer',
  'event',
  'identity',
  'image',
  'ingress',
  'instance-ha',
  'key-manager',
  'load-balancer',
  'memcached',
  'messaging',
  'metering',
  'metric',
  'metric-storage',
  'networking',
  'object-storage',
  'orchestration',
  'placement',
  'redis',
  'shared-file-system',
  'stepler',
  'tempest',
] as const;
export type OpenstackService = (typeof openstackServices)[number];

const SecretKeyReferenceSchema = z.object({
  value_from: z
    .object({
      secret_key_ref: z
        .object({
          name: z.string().min(1).describe('Secret in the same namespace.'),
          key: z.string().min(1).describe('Key in it.'),
        })
        .describe('Key of a Secret.'),
    })
    .describe('Where the value is.'),
});

/** A value in clear text, or where to find it. */
export type TextOrSecret = string | z.infer<typeof SecretKeyReferenceSchema>;

/** Text, or `{value_from: {secret_key_ref: {name, key}}}`. Either form has no common structural type. */
export const TextOrSecretSchema = z
  .unknown()
  .pipe(z.custom<TextOrSecret>((value) => typeof value === 'string' || isReference(value)));

/** The reference, when the value is one. */
export function secretKeyOf(value: unknown): { readonly name: string; readonly key: string } | undefined {
  const parsed = SecretKeyReferenceSchema.safeParse(value);
  return parsed.success ? parsed.data.value_from.secret_key_ref : undefined;
}

function isReference(value: unknown): boolean {
  return secretKeyOf(value) !== undefined;
}

/** Label that lets a Secret be named by `value_from`. */
export const osdplSecretLabel = 'openstack.lcm.mirantis.com/osdpl_secret';
/** Label on ConfigMaps and Secrets whose change runs the deployment again. */
export const osdplWatchLabel = 'openstack.lcm.mirantis.com/watch';
/** `active` or `backup`, on generated Secrets of accounts that are rotated. */
export const secretPriorityAnnotation = 'openstack.lcm.mirantis.com/secret_priority';

/** Labels that give nodes their part in a cloud. */
export const openstackNodeLabels = {
  controller: 'openstack-control-plane',
  compute: 'openstack-compute-node',
  gateway: 'openstack-gateway',
  openvswitch: 'openvswitch',
} as const;

/** Annotations of nodes that say how instances leave them. */
export const openstackNodeAnnotations = {
  migrationMode: 'openstack.lcm.mirantis.com/instance_migration_mode',
  migrationAttempts: 'openstack.lcm.mirantis.com/instance_migration_attempts',
} as const;
