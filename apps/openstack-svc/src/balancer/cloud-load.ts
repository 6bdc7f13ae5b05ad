import { type AdminCredential, perCredential } from '@keelson/mosk';
import {
  ComputeClient,
  type ComputeService,
  type HostSize,
  hostSizes,
  instancesPlacedOn,
  type LiveMigration,
  liveMigrateTo,
  type PlacedInstance,
  type ServerGroup,
  serverGroups,
  Session,
} from '@keelson/openstack';
import type { Http } from '@keelson/std';
import { type MeasuredLoad, measuredLoad } from './stacklight.js';

/** What balancing needs of a cloud. */
export interface CloudLoad {
  services(): Promise<readonly ComputeService[]>;
  sizes(): Promise<readonly HostSize[]>;
  instancesOn(host: string): Promise<readonly PlacedInstance[]>;
  groups(): Promise<readonly ServerGroup[]>;
  /** What StackLight has measured. @throws Failure transient when it cannot be asked */
  measured(): Promise<MeasuredLoad>;
  move(instance: string, host: string): Promise<void>;
  migrationsFrom(host: string, instances: readonly string[]): Promise<readonly LiveMigration[]>;
  abort(migration: Pick<LiveMigration, 'instance' | 'id'>): Promise<void>;
}

export type CloudLoadOf = (credential: AdminCredential) => CloudLoad;

/** The cloud of a cluster and its StackLight, reached by their internal names; one session as long as the credential holds. */
export function cloudLoadOver(http: Http): CloudLoadOf {
  return perCredential((credential) => clientOf(http, new Session({ http, ...credential })));
}

function clientOf(http: Http, session: Session): CloudLoad {
  const compute = new ComputeClient(session);
  return {
    services: () => compute.services(),
    sizes: () => hostSizes(session),
    instancesOn: (host) => instancesPlacedOn(session, host),
    groups: () => serverGroups(session),
    measured: () => measuredLoad(http),
    move: (instance, host) => liveMigrateTo(session, instance, host),
    migrationsFrom: (host, instances) => compute.migrationsFrom(host, instances),
    abort: (migration) => compute.abort(migration),
  };
}
