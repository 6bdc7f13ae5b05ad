import type { Pod } from '@keelson/api';
import { z } from 'zod';

/** How far the data of a member goes: its history, and the last transaction of it. */
export interface Position {
  readonly uuid: string;
  readonly seqno: number;
}

const TerminatedSchema = z
  .object({ terminated: z.object({ message: z.string().optional(), startedAt: z.string().optional() }).optional() })
  .optional();
const StatusesSchema = z.array(z.object({ name: z.string(), state: TerminatedSchema, lastState: TerminatedSchema }));

/** As `mariadb-start.sh` leaves it in the termination message of a container that found nobody to join. */
const written = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(-?\d+)$/;

/**
 * The position that the last start of a member without company told; undefined while it has told none.
 *
 * @param since starts before it say nothing: the data has moved on since. Milliseconds
 */
export function positionOf({ status }: Pod, since: number): Position | undefined {
  const statuses = StatusesSchema.safeParse(status?.['containerStatuses']);
  const own = statuses.success ? statuses.data.find(({ name }) => name === 'mariadb') : undefined;
  for (const told of [own?.state?.terminated, own?.lastState?.terminated]) {
    const found = written.exec(told?.message?.trim() ?? '');
    const isFresh = Date.parse(told?.startedAt ?? '') >= since;
    if (found?.[1] !== undefined && isFresh) return { uuid: found[1], seqno: Number(found[2]) };
  }
  return undefined;
}
