import type { Compute, SimulatedCloud } from '../cloud.js';
import { type CloudResponse, type Doc, type Route, clash, docAt, done, missing, ok, textAt } from '../exchange.js';

/** nova's services: computes as they are switched, schedulers and conductors from the pods that run. */
export function serviceRoutes(cloud: SimulatedCloud): readonly Route[] {
  const found = (id: string): Compute => {
    const compute = cloud.computes().find(({ serviceId }) => serviceId === id);
    if (compute === undefined) throw missing('Service', id);
    return compute;
  };
  return [
    ['GET', '/v2.1/os-services', ({ query }) => ok({ services: rowsWanted(cloud, query) })],
    [
      'PUT',
      '/v2.1/os-services/:id',
      changing((body, id) => {
        const { settings } = found(id);
        const status = textAt(body, 'status');
        if (status === 'disabled') settings.reason = textAt(body, 'disabled_reason') ?? null;
        if (status === 'enabled') settings.reason = null;
        if (status !== undefined) settings.disabled = status === 'disabled';
        const forced = body['forced_down'];
        if (typeof forced === 'boolean') settings.forcedDown = forced;
        cloud.changed();
        return ok({ service: computeRow(found(id)) });
      }),
    ],
    [
      'DELETE',
      '/v2.1/os-services/:id',
      (_, { id = '' }) => {
        const { host } = found(id);
        if (cloud.instances.onHost(host).length > 0)
          throw clash(
            'Unable to delete compute service that is hosting instances. Migrate or delete the instances first.',
          );
        cloud.forget(host);
        return done();
      },
    ],
  ];
}

function changing(change: (body: Doc, id: string) => CloudResponse): Route[2] {
  return ({ body }, { id = '' }) => change(docAt({ body }, 'body'), id);
}

function rowsWanted(cloud: SimulatedCloud, query: URLSearchParams): readonly Doc[] {
  const binary = query.get('binary');
  const host = query.get('host');
  const computes = binary === null || binary === 'nova-compute' ? cloud.computes() : [];
  const others = cloud.facts
    .processes('nova')
    .filter(({ component }) => component === 'scheduler' || component === 'conductor')
    .map((row): Doc => ({
      id: `nova-${row.component}-${row.host}`,
      binary: `nova-${row.component}`,
      host: row.host,
      zone: 'internal',
      status: 'enabled',
      state: row.up ? 'up' : 'down',
      updated_at: row.updatedAt,
      disabled_reason: null,
      forced_down: false,
    }));
  return [...computes.map(computeRow), ...others].filter(
    (row) => (binary === null || row['binary'] === binary) && (host === null || row['host'] === host),
  );
}

function computeRow({ serviceId, host, zone, up, updatedAt, settings }: Compute): Doc {
  return {
    id: serviceId,
    binary: 'nova-compute',
    host,
    zone,
    status: settings.disabled ? 'disabled' : 'enabled',
    state: up ? 'up' : 'down',
    updated_at: updatedAt,
    disabled_reason: settings.reason,
    forced_down: settings.forcedDown,
  };
}
