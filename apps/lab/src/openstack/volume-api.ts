import type { SimulatedCloud } from './cloud.js';
import { routesOf } from './collection.js';
import { type Doc, type Route, docAt, isAsked, missing, ok, textAt } from './exchange.js';
import { volumeQuotaRoutes } from './quotas.js';
import type { StorageService } from './storage-services.js';

/** cinder, API v3. @param services what reports itself now */
export function volumeRoutes(cloud: SimulatedCloud, services: readonly StorageService[]): readonly Route[] {
  const volumes = cloud.collection('volumes');
  const disabled = cloud.disabledAgents;
  const rows = (): readonly Doc[] => services.map((service) => serviceRow(service, cloud));
  const switched = (status: 'enabled' | 'disabled'): Route[2] => {
    return ({ body }) => {
      const given = docAt({ body }, 'body');
      const key = `${textAt(given, 'binary') ?? ''}/${textAt(given, 'host') ?? ''}`;
      if (status === 'disabled') disabled.add(key);
      else disabled.delete(key);
      cloud.disabledReasons.set(key, textAt(given, 'disabled_reason') ?? '');
      return ok({
        host: given['host'],
        binary: given['binary'],
        status,
        disabled_reason: given['disabled_reason'] ?? null,
      });
    };
  };
  const fresh = (): Doc => ({ status: 'available', attachments: [], bootable: 'false', volume_type: 'simulated' });
  return [
    ['GET', '/v3/:project/os-services', ({ query }) => ok({ services: rows().filter((row) => isAsked(row, query)) })],
    ['PUT', '/v3/:project/os-services/enable', switched('enabled')],
    ['PUT', '/v3/:project/os-services/disable', switched('disabled')],
    ['PUT', '/v3/:project/os-services/disable-log-reason', switched('disabled')],
    ['GET', '/v3/:project/volumes/detail', ({ query }) => ok({ volumes: volumes.list(query) })],
    ...snapshotRoutes(cloud),
    ...volumeQuotaRoutes(cloud),
    [
      'GET',
      '/v3/:project/os-availability-zone',
      () => ok({ availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true } }] }),
    ],
    [
      'GET',
      '/v3/:project/types',
      () => ok({ volume_types: [{ id: 'simulated', name: 'simulated', is_public: true }] }),
    ],
    ['GET', '/v3/:project/scheduler-stats/get_pools', () => ok({ pools: [] })],
    ...routesOf({
      collection: volumes,
      path: '/v3/:project/volumes',
      one: 'volume',
      many: 'volumes',
      fresh,
      createdStatus: 202,
    }),
  ];
}

function snapshotRoutes(cloud: SimulatedCloud): readonly Route[] {
  const path = '/v3/:project/snapshots';
  const collection = cloud.collection('snapshots');
  const fresh = ({ volume_id: id }: Doc): Doc => {
    const volume = cloud.collection('volumes').get(String(id));
    if (volume === undefined) throw missing('Volume', String(id));
    return { status: 'available', size: volume['size'], metadata: {}, description: null };
  };
  const names = { one: 'snapshot', many: 'snapshots' };
  return [
    ['GET', `${path}/detail`, ({ query }) => ok({ snapshots: collection.list(query) })],
    ...routesOf({ collection, path, ...names, fresh, createdStatus: 202 }),
  ];
}

function serviceRow({ binary, host, up, updatedAt }: StorageService, cloud: SimulatedCloud): Doc {
  const key = `${binary}/${host}`;
  const isDisabled = cloud.disabledAgents.has(key);
  return {
    binary,
    host,
    zone: 'nova',
    status: isDisabled ? 'disabled' : 'enabled',
    state: up ? 'up' : 'down',
    updated_at: updatedAt,
    disabled_reason: isDisabled ? (cloud.disabledReasons.get(key) ?? null) : null,
  };
}
