import { z } from 'zod';
import type { Flavor, Instance } from './compute/servers.js';

const statuses = [
  'BUILD',
  'ACTIVE',
  'PAUSED',
  'SHUTOFF',
  'MIGRATING',
  'REBUILD',
  'RESIZE',
  'VERIFY_RESIZE',
  'ERROR',
] as const;

const instanceSchema = z.object({
  id: z.string(),
  name: z.string(),
  host: z.string(),
  zone: z.string(),
  project: z.string(),
  flavor: z.string(),
  tags: z.array(z.string()),
  metadata: z.record(z.string(), z.string()),
  status: z.enum(statuses),
  locked: z.boolean(),
  createdAt: z.number(),
  updatedAt: z.number(),
  image: z.string(),
  address: z.string(),
  fault: z.string().optional(),
  previousHost: z.string().optional(),
  previousFlavor: z.string().optional(),
});

/** Everything of a simulated OpenStack that survives the death of the lab's process. Tokens and migrations do not. */
export const savedCloudSchema = z.object({
  instances: z.array(instanceSchema),
  computes: z.record(
    z.string(),
    z.object({
      serviceId: z.string(),
      isSeeded: z.boolean(),
      disabled: z.boolean(),
      reason: z.string().nullable(),
      forcedDown: z.boolean(),
    }),
  ),
  collections: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
  disabledAgents: z.array(z.string()),
  disabledReasons: z.record(z.string(), z.string()).default({}),
});

export type SavedCloud = z.infer<typeof savedCloudSchema>;
type SavedInstance = SavedCloud['instances'][number];

export function savedInstance({ flavor, previousFlavor, tags, task: _task, ...rest }: Instance): SavedInstance {
  const previous = previousFlavor === undefined ? {} : { previousFlavor: previousFlavor.id };
  return { ...rest, ...previous, flavor: flavor.id, tags: [...tags] };
}

/** An instance as it is after its services have started anew: what was under way has failed and left it where it was. */
export function restoredInstance(saved: SavedInstance, flavorOf: (id: string) => Flavor | undefined): Instance {
  const { flavor, previousFlavor, tags, status, ...rest } = saved;
  const settled: Partial<Record<Instance['status'], Instance['status']>> = {
    BUILD: 'ERROR',
    MIGRATING: 'ACTIVE',
    RESIZE: 'ACTIVE',
    REBUILD: 'ERROR',
  };
  return {
    ...rest,
    fault: rest.fault,
    previousHost: rest.previousHost,
    previousFlavor: previousFlavor === undefined ? undefined : flavorOf(previousFlavor),
    flavor: flavorOf(flavor) ?? flavorOfNone,
    tags: new Set(tags),
    status: settled[status] ?? status,
    task: null,
  };
}

const flavorOfNone = { id: '0', name: 'unknown', vcpus: 1, ram: 512, disk: 1 };
