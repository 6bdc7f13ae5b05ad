import type { SimulatedCloud } from '../cloud.js';
import { type Doc, type Route, done, missing, ok } from '../exchange.js';
import { type Migration, migrationDoc, migrationRow } from './migrations.js';
import { instanceOf } from './server-api.js';

/** A list of migrations is at most as long as nova's max_limit. */
const maxPage = 1000;

/** The live migrations of a server that are on their way, and the list of all migrations. */
export function serverMigrationRoutes(cloud: SimulatedCloud): readonly Route[] {
  const shown = (migration: Migration): Doc => migrationDoc(migration, cloud.clock.now());
  const open = (id: string): readonly Migration[] =>
    cloud.migrations
      .of(instanceOf(cloud, id))
      .filter(({ type, status }) => type === 'live-migration' && (status === 'running' || status === 'queued'));
  const one = (id: string, number: string): Migration => {
    const migration = open(id).find((candidate) => String(candidate.id) === number);
    if (migration === undefined) throw missing(`In-progress live migration of server ${id}`, number);
    return migration;
  };
  return [
    ['GET', '/v2.1/servers/:id/migrations', (_, { id = '' }) => ok({ migrations: open(id).map(shown) })],
    [
      'GET',
      '/v2.1/servers/:id/migrations/:number',
      (_, { id = '', number = '' }) => ok({ migration: shown(one(id, number)) }),
    ],
    [
      'DELETE',
      '/v2.1/servers/:id/migrations/:number',
      (_, { id = '', number = '' }) => {
        cloud.migrations.abort(one(id, number));
        return done(202);
      },
    ],
    ['GET', '/v2.1/os-migrations', ({ query }) => ok({ migrations: migrationsWanted(cloud, query).map(migrationRow) })],
  ];
}

function migrationsWanted(cloud: SimulatedCloud, query: URLSearchParams): readonly Migration[] {
  const is = (name: string, ...values: readonly string[]): boolean => {
    const asked = query.get(name);
    return asked === null || values.includes(asked);
  };
  return cloud.migrations
    .list()
    .filter(
      ({ status, type, source, destination, instance }) =>
        is('status', status) &&
        is('migration_type', type) &&
        is('source_compute', source) &&
        is('host', source, destination ?? '') &&
        is('instance_uuid', instance.id),
    )
    .reverse()
    .slice(0, maxPage);
}
