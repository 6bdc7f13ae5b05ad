import { terminal } from '@keelson/std';
import { z } from 'zod';
import type { JsonRecord } from '../render/json.js';
import { mergeDeep } from './merge.js';
import { presetOf, presets, sizeOf, sizes } from './presets.js';
import { Features } from './spec/features.js';
import { raw } from './spec/fields.js';

/** The spec as rendering reads it: preset, then size, then the user's own, with defaults; unknown members are kept. */
export type MergedSpec = z.infer<typeof MergedSpecSchema>;

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
