import type { Connection } from './connection.js';
import { unsupported } from './failures.js';
import { linkOfFirst, members } from './inventory.js';
import { type Resource, flagAt, linkAt, textAt, textsAt } from './resource.js';

/** `Cd` holds what is booted; `Config` is a second drive for cloud-init's configuration. */
export type MediaSlot = 'Cd' | 'Config';

export interface MediaState {
  readonly inserted: boolean;
  /** URL of the image. */
  readonly image: string | undefined;
}

/**
 * Path of the collection of virtual drives. Newer services hang it on the system, older ones on its manager (Redfish
 * release 2020.4).
 *
 * @throws Failure terminal, reason `BMCUnsupported`
 */
export async function drivesPath(connection: Connection, system: Resource): Promise<string> {
  const path = linkAt(system, 'VirtualMedia') ?? (await managerMedia(connection, system));
  if (path === undefined) throw unsupported('virtual media', 'the BMC has no virtual media');
  return path;
}

/**
 * The virtual drives as they are now.
 *
 * @param levels how deep the service expands, 0 when it does not
 */
export function readDrives(connection: Connection, path: string, levels: number): Promise<readonly Resource[]> {
  return members(connection, path, Math.min(levels, 1));
}

/**
 * Finds a virtual drive: the first that takes CDs or DVDs is `Cd`, the next removable one is `Config`.
 *
 * @throws Failure terminal, reason `BMCUnsupported`
 */
export function slotOf(drives: readonly Resource[], slot: MediaSlot): Resource {
  const what = `virtual media ${slot}`;
  const cd = drives.find((drive) => takes(drive, ['CD', 'DVD']));
  const second = drives.find((drive) => drive !== cd && takes(drive, ['CD', 'DVD', 'USBStick']));
  const found = slot === 'Cd' ? cd : second;
  if (found === undefined)
    throw unsupported(
      what,
      'the BMC has no such virtual drive; two are needed, one to boot from and one for the configuration',
    );
  return found;
}

/** What lies in a drive now. */
export function mediaOf(drive: Resource): MediaState {
  const image = textAt(drive, 'Image');
  return { inserted: flagAt(drive, 'Inserted') ?? image !== undefined, image };
}

/** Puts an image into a drive, unless it already lies there. */
export async function insert(connection: Connection, drive: Resource, url: string): Promise<void> {
  const now = mediaOf(drive);
  if (now.inserted && now.image === url) return;
  if (now.inserted) await eject(connection, drive);
  const target = textAt(drive, 'Actions', '#VirtualMedia.InsertMedia', 'target');
  const body = { Image: url, Inserted: true, WriteProtected: true };
  if (target !== undefined) return connection.post(target, body);
  await connection.patch(pathOf(drive), body, textAt(drive, '@odata.etag'));
}

/** Takes out what lies in a drive; an empty one stays as it is. */
export async function eject(connection: Connection, drive: Resource): Promise<void> {
  if (!mediaOf(drive).inserted) return;
  const target = textAt(drive, 'Actions', '#VirtualMedia.EjectMedia', 'target');
  if (target !== undefined) return connection.post(target, {});
  await connection.patch(pathOf(drive), { Image: null, Inserted: false }, textAt(drive, '@odata.etag'));
}

async function managerMedia(connection: Connection, system: Resource): Promise<string | undefined> {
  const manager = linkOfFirst(system, 'Links', 'ManagedBy');
  return manager === undefined ? undefined : linkAt((await connection.get(manager)).resource, 'VirtualMedia');
}

function takes(drive: Resource, types: readonly string[]): boolean {
  return textsAt(drive, 'MediaTypes').some((type) => types.includes(type));
}

function pathOf(drive: Resource): string {
  const path = textAt(drive, '@odata.id');
  if (path === undefined) throw unsupported('virtual media', 'a virtual drive has no address');
  return path;
}
