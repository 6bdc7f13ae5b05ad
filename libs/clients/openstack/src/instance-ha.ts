import { isFailure } from '@keelson/std';
import { z } from 'zod';
import { read } from './answers.js';
import type { Session } from './session.js';

/** A host that Masakari protects. */
export interface ProtectedHost {
  /** In paths: its segment and its own id. */
  readonly id: string;
  /** By which notifications name it. */
  readonly uuid: string;
  /** Nothing is recovered from it: an operator's work, or it was recovered from already. */
  readonly isOnMaintenance: boolean;
}

/** That a host is down, as Masakari was told, and how far it is. */
export interface HostNotification {
  readonly id: string;
  /** What it was told as its time; milliseconds since the epoch. */
  readonly generatedAt: number;
  /** `new`, `running`, `finished`, `error` (it is tried again), `failed` or `ignored`. */
  readonly status: string;
}

const SegmentsSchema = z.object({ segments: z.array(z.object({ uuid: z.string() })) });
const HostsSchema = z.object({
  hosts: z.array(z.object({ uuid: z.string(), name: z.string(), on_maintenance: z.boolean() })),
});
const NotificationsSchema = z.object({
  notifications: z.array(z.object({ notification_uuid: z.string(), generated_time: z.string(), status: z.string() })),
});

/** What Masakari writes when it disables the nova-compute of a host that has failed (host_failure.service_disable_reason). */
export const masakariReason = 'Masakari detected host failed.';

const type = 'instance-ha';

/**
 * A host as Masakari knows it; undefined where it is in no segment, or the cloud has no Masakari.
 *
 * @throws Failure as `Session.call`
 */
export async function protectedHost(session: Session, name: string): Promise<ProtectedHost | undefined> {
  try {
    const { segments } = await read(session, SegmentsSchema, { type, path: '/segments' });
    for (const { uuid: segment } of segments) {
      const { hosts } = await read(session, HostsSchema, { type, path: `/segments/${segment}/hosts` });
      const found = hosts.find((host) => host.name === name);
      if (found !== undefined)
        return { id: `${segment}/${found.uuid}`, uuid: found.uuid, isOnMaintenance: found.on_maintenance };
    }
    return undefined;
  } catch (error) {
    if (isFailure(error, 'notFound') || (isFailure(error) && error.reason === 'NoEndpoint')) return undefined;
    throw error;
  }
}

/** What Masakari was told of a host, the newest first. @throws Failure as `Session.call` */
export async function hostNotifications(session: Session, hostUuid: string): Promise<readonly HostNotification[]> {
  const path = `/notifications?type=COMPUTE_HOST&source_host_uuid=${hostUuid}`;
  const { notifications } = await read(session, NotificationsSchema, { type, path });
  return notifications.map(({ notification_uuid: id, generated_time: time, status }) => ({
    id,
    // Times of Masakari are UTC and do not say so.
    generatedAt: Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`),
    status,
  }));
}

/**
 * Tells Masakari that a host is down: it brings the host's instances back elsewhere. Told twice of the same it refuses (409).
 *
 * @throws Failure as `Session.call`
 */
export async function notifyHostDown(session: Session, hostname: string, generatedAt: number): Promise<void> {
  const notification = {
    type: 'COMPUTE_HOST',
    hostname,
    generated_time: new Date(generatedAt).toISOString().replace('Z', ''),
    payload: { event: 'STOPPED', cluster_status: 'OFFLINE', host_status: 'NORMAL' },
  };
  await session.call({ method: 'POST', type, path: '/notifications', body: { notification } });
}
