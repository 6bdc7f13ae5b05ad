import type { SimulatedCloud } from './cloud.js';
import {
  clash,
  type CloudResponse,
  type Doc,
  docAt,
  done,
  missing,
  ok,
  refused,
  type Route,
  textAt,
} from './exchange.js';
import { notificationDoc, Recoveries } from './recoveries.js';

/** masakari, API v1: segments with their hosts, and notifications; those about hosts are acted upon. */
export function instanceHaRoutes(cloud: SimulatedCloud): readonly Route[] {
  return [...segmentRoutes(cloud), ...notificationRoutes(cloud)];
}

function segmentRoutes(cloud: SimulatedCloud): readonly Route[] {
  const segments = cloud.collection('segments');
  const hosts = cloud.collection('ha-hosts');
  const named = (doc: Doc): Doc => ({ ...doc, uuid: doc['id'] });
  const of = (segment: string): readonly Doc[] =>
    hosts.list(new URLSearchParams({ failover_segment_id: segment })).map(named);
  return [
    ['GET', '/v1/:project/segments', ({ query }) => ok({ segments: segments.list(query).map(named) })],
    ['POST', '/v1/:project/segments', ({ body }) => ok({ segment: named(segments.add(docAt(body, 'segment'))) }, 201)],
    ['GET', '/v1/:project/segments/:segment/hosts', (_, { segment = '' }) => ok({ hosts: of(segment) })],
    [
      'POST',
      '/v1/:project/segments/:segment/hosts',
      ({ body }, { segment = '' }) => {
        const fresh = { on_maintenance: false, reserved: false, failover_segment_id: segment };
        return ok({ host: named(hosts.add({ ...fresh, ...docAt(body, 'host') })) }, 201);
      },
    ],
    [
      'PUT',
      '/v1/:project/segments/:segment/hosts/:id',
      ({ body }, { id = '' }) => {
        const changed = hosts.change(id, docAt(body, 'host'));
        if (changed === undefined) throw missing('Host', id);
        return ok({ host: named(changed) });
      },
    ],
    [
      'DELETE',
      '/v1/:project/segments/:segment/hosts/:id',
      (_, { id = '' }) => {
        if (!hosts.remove(id)) throw missing('Host', id);
        return done();
      },
    ],
  ];
}

function notificationRoutes(cloud: SimulatedCloud): readonly Route[] {
  const notifications = cloud.collection('notifications');
  const recoveries = new Recoveries(cloud);
  const told = (given: Doc): CloudResponse => {
    const hostname = textAt(given, 'hostname') ?? '';
    const [host] = cloud.collection('ha-hosts').list(new URLSearchParams({ name: hostname }));
    if (host === undefined) throw refused(`Host with name ${hostname} could not be found.`);
    if (host['on_maintenance'] === true)
      throw clash(`Notification received from host ${hostname}: host is on maintenance.`);
    const { type } = given;
    const same = new URLSearchParams({ source_host_uuid: String(host['id']), type: String(type) });
    if (notifications.list(same).some((one) => one['generated_time'] === given['generated_time']))
      throw clash('A notification of this type and payload is processed already.');
    const taken = notifications.add({ ...given, source_host_uuid: host['id'], status: 'new' });
    if (type === 'COMPUTE_HOST') recoveries.begin(String(taken['id']), hostname);
    return ok({ notification: notificationDoc(taken) }, 202);
  };
  return [
    ['POST', '/v1/:project/notifications', ({ body }) => told(docAt(body, 'notification'))],
    [
      'GET',
      '/v1/:project/notifications',
      ({ query }) => ok({ notifications: notifications.list(query).map(notificationDoc) }),
    ],
    [
      'GET',
      '/v1/:project/notifications/:id',
      (_, { id = '' }) => {
        const found = notifications.get(id);
        if (found === undefined) throw missing('Notification', id);
        return ok({ notification: notificationDoc(found) });
      },
    ],
  ];
}
