import type { SimulatedCloud } from './cloud.js';
import { routesOf } from './collection.js';
import { type Doc, docAt, missing, ok, type Route, textAt } from './exchange.js';

/** masakari, API v1: segments with their hosts, and notifications, upon which nobody acts here. */
export function instanceHaRoutes(cloud: SimulatedCloud): readonly Route[] {
  const segments = cloud.collection('segments');
  const hosts = cloud.collection('ha-hosts');
  const notifications = cloud.collection('notifications');
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
      'POST',
      '/v1/:project/notifications',
      ({ body }) => {
        const given = docAt(body, 'notification');
        const isSame = notifications
          .list(new URLSearchParams({ hostname: textAt(given, 'hostname') ?? '' }))
          .some((one) => one['generated_time'] === given['generated_time']);
        const taken = isSame ? given : notifications.add({ ...given, status: 'new' });
        return ok({ notification: taken }, isSame ? 409 : 202);
      },
    ],
    ...routesOf({
      collection: notifications,
      path: '/v1/:project/notifications',
      one: 'notification',
      many: 'notifications',
      fresh: () => ({}),
    }),
  ];
}
