import { rfc3339 } from '@keelson/std';
import type { SimulatedCloud } from '../cloud.js';
import { type CloudResponse, type Doc, docAt, done, missing, ok, refused, type Route, textAt } from '../exchange.js';
import type { Instance } from './servers.js';

/** Volumes of instances: nova attaches, cinder shows them in use. */
export function attachmentRoutes(cloud: SimulatedCloud, instanceOf: (id: string) => Instance): readonly Route[] {
  const path = '/v2.1/servers/:id/os-volume_attachments';
  return [
    ['GET', path, (_, { id = '' }) => ok({ volumeAttachments: attachedTo(cloud, instanceOf(id)).map(attachmentDoc) })],
    ['POST', path, ({ body }, { id = '' }) => attach(cloud, instanceOf(id), docAt(body, 'volumeAttachment'))],
    [
      'GET',
      `${path}/:volume`,
      (_, { id = '', volume = '' }) => ok({ volumeAttachment: attachmentDoc(found(cloud, instanceOf(id), volume)) }),
    ],
    [
      'DELETE',
      `${path}/:volume`,
      (_, { id = '', volume = '' }) => {
        release(cloud, found(cloud, instanceOf(id), volume));
        return done(202);
      },
    ],
  ];
}

/** Volumes of an instance, in the order of their devices. */
export function attachedTo(cloud: SimulatedCloud, { id }: Instance): readonly Doc[] {
  const mine = cloud
    .collection('volumes')
    .list(new URLSearchParams())
    .filter((volume) => volume['server_id'] === id);
  return [...mine].sort((a, b) => String(a['device']).localeCompare(String(b['device'])));
}

/** All of an instance that goes. */
export function releaseAll(cloud: SimulatedCloud, instance: Instance): void {
  for (const volume of attachedTo(cloud, instance)) release(cloud, volume);
}

function attach(cloud: SimulatedCloud, instance: Instance, given: Doc): CloudResponse {
  const id = textAt(given, 'volumeId') ?? '';
  const volumes = cloud.collection('volumes');
  const volume = volumes.get(id);
  if (volume === undefined) throw missing('Volume', id);
  if (volume['status'] !== 'available')
    throw refused(
      `Invalid volume: volume ${id} status must be available or downloading to reserve, but the current status is ${String(volume['status'])}.`,
    );
  const taken = attachedTo(cloud, instance).map((each) => each['device']);
  const device = textAt(given, 'device') ?? devices.find((each) => !taken.includes(each)) ?? '';
  const server = { server_id: instance.id, device };
  const attachment = { ...server, id, volume_id: id, attachment_id: id, host_name: instance.host };
  const attached_at = rfc3339(cloud.clock.now());
  const changed = volumes.change(id, { status: 'in-use', ...server, attachments: [{ ...attachment, attached_at }] });
  cloud.save();
  return ok({ volumeAttachment: attachmentDoc(changed ?? volume) });
}

const devices = 'bcdefghijklmnopqrstuvwxyz'.split('').map((letter) => `/dev/vd${letter}`);

function found(cloud: SimulatedCloud, instance: Instance, id: string): Doc {
  const volume = attachedTo(cloud, instance).find((each) => each['id'] === id);
  if (volume === undefined) throw missing(`Attachment of server ${instance.id} to volume`, id);
  return volume;
}

function release(cloud: SimulatedCloud, volume: Doc): void {
  const free = { status: 'available', server_id: null, device: null, attachments: [] };
  cloud.collection('volumes').change(String(volume['id']), free);
  cloud.save();
}

/** As nova shows it at microversion 2.89, with the ids of older ones. */
function attachmentDoc({ id, server_id: serverId, device }: Doc): Doc {
  return {
    id,
    volumeId: id,
    serverId,
    device,
    tag: null,
    delete_on_termination: false,
    attachment_id: id,
    bdm_uuid: id,
  };
}
