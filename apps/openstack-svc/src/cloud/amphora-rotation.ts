import type { ConfigMap, OpenStackDeployment, Secret } from '@keelson/api';
import { z } from 'zod';
import { rotationAnnotation } from '../names.js';

/** Where a rotation of the authorities of amphorae writes down how far it is. */
export const amphoraRotationName = 'octavia-amphora-rotation-state';

/**
 * The stages of a rotation. Controllers come to trust amphorae of both authorities, and new amphorae to trust controllers of
 * both; the new authority signs for new amphorae; load balancers get new amphorae; controllers show the new certificate, which
 * by then all amphorae trust. After the last the old ones are dropped.
 */
export const amphoraStages = ['trusting', 'issuing', 'replacing', 'presenting'] as const;
export type AmphoraStage = (typeof amphoraStages)[number];

const Try = z.object({
  /** When its failover was last ordered, or when it was first seen to be worked on by others; RFC 3339. */
  at: z.string(),
  /** How often it was ordered. */
  attempts: z.number(),
});
const Rotation = z.object({
  id: z.coerce.number(),
  stage: z.enum([...amphoraStages, 'done', 'given-up']),
  /** Amphorae that Octavia made later than this need not be replaced; by Octavia's clock. */
  until: z.string().optional(),
  /** How many load balancers were to be failed over, and how many still are. */
  total: z.coerce.number().default(0),
  left: z.coerce.number().default(0),
  /** Load balancers that were worked on and are not done, by id. */
  tried: z.record(z.string(), Try).default({}),
  /** What an operator must see to; nothing further is begun meanwhile. */
  trouble: z.string().optional(),
});
export type AmphoraRotation = z.infer<typeof Rotation>;

/** How far a rotation is by what is written down; undefined where nothing is that can be read. */
export function amphoraRotationIn(map: ConfigMap | undefined): AmphoraRotation | undefined {
  const { tried, rotation_id: id, ...data } = map?.data ?? {};
  try {
    return Rotation.safeParse({ ...data, id, tried: JSON.parse(tried ?? '{}') }).data;
  } catch {
    return undefined;
  }
}

/** What is written down of it. */
export function amphoraRotationData({ id, tried, total, left, ...rest }: AmphoraRotation): Record<string, string> {
  const { stage, until, trouble } = rest;
  return {
    rotation_id: String(id),
    stage,
    total: String(total),
    left: String(left),
    tried: JSON.stringify(tried),
    ...(until === undefined ? {} : { until }),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** True from its first stage to its last. */
export function isUnderWay(
  rotation: AmphoraRotation | undefined,
): rotation is AmphoraRotation & { stage: AmphoraStage } {
  return rotation !== undefined && amphoraStages.some((stage) => stage === rotation.stage);
}

/** What is rendered: one that was given up leaves both trusted. */
export function renderedStage(rotation: AmphoraRotation | undefined): AmphoraStage | undefined {
  if (isUnderWay(rotation)) return rotation.stage;
  return rotation?.stage === 'given-up' ? 'trusting' : undefined;
}

/** The rotation that an operator asks for; 0 for none. */
export function askedAmphoraRotation({ status }: Pick<OpenStackDeployment, 'status'>): number {
  return status?.certificates?.octavia?.amphora?.rotation_id ?? 0;
}

/**
 * True when one is asked for that has neither been carried through nor given up.
 *
 * @param authority the Secret of the authority in force
 */
export function isAmphoraRotationDue(
  deployment: Pick<OpenStackDeployment, 'status'>,
  authority: Secret | undefined,
  rotation: AmphoraRotation | undefined,
): boolean {
  const asked = askedAmphoraRotation(deployment);
  if (authority === undefined || (rotation?.stage === 'given-up' && rotation.id >= asked)) return false;
  return Number(authority.metadata.annotations?.[rotationAnnotation] ?? 0) < asked;
}
