import {
  ComputeClient,
  type ComputeService,
  type HostLoad,
  type HostPart,
  type HostVolume,
  type Instance,
  type LiveMigration,
  type PartReport,
  partsOn,
  removeHost,
  reportsOn,
  Session,
  switchPart,
  volumesOn,
} from '@keelson/openstack';
import { type AdminCredential, perCredential } from '@keelson/mosk';
import type { Http } from '@keelson/std';

/** What draining needs of the cloud's compute API. `ComputeClient` is the real one. */
export interface Hypervisors {
  services(): Promise<readonly ComputeService[]>;
  instancesOn(host: string): Promise<readonly Instance[]>;
  disable(service: Pick<ComputeService, 'id' | 'host'>, reason: string): Promise<void>;
  enable(serviceId: string): Promise<void>;
  liveMigrate(instanceId: string): Promise<void>;
  /** Live migrations that are under way, of instances that leave a host. */
  migrationsFrom(host: string, instanceIds: readonly string[]): Promise<readonly LiveMigration[]>;
  abort(migration: Pick<LiveMigration, 'instance' | 'id'>): Promise<void>;
  /** What each host carries. */
  loads(): Promise<readonly HostLoad[]>;
  /** Agents, volume services and instance HA of a host that take work now, or were taken out for this very reason. */
  partsOn(host: string, reason: string): Promise<readonly HostPart[]>;
  /** Agents and volume services of a host, and whether they are heard of. */
  reportsOn(host: string): Promise<readonly PartReport[]>;
  /** Takes a part out of service or back. */
  switchPart(part: HostPart, isOn: boolean, reason: string): Promise<void>;
  /** Volumes whose data is on the disks of a host. */
  volumesOn(host: string): Promise<readonly HostVolume[]>;
  /** Takes all that the cloud remembers of a host that is gone out of it. */
  removeHost(host: string): Promise<void>;
}

/** The compute API of a cluster's cloud, reached by its internal names; one session as long as the credential holds. */
export function hypervisorsOver(http: Http): (credential: AdminCredential) => Hypervisors {
  return perCredential((credential) => clientOf(new Session({ http, ...credential })));
}

function clientOf(session: Session): Hypervisors {
  const compute = new ComputeClient(session);
  return {
    services: () => compute.services(),
    instancesOn: (host) => compute.instancesOn(host),
    disable: (service, reason) => compute.disable(service, reason),
    enable: (id) => compute.enable(id),
    liveMigrate: (id) => compute.liveMigrate(id),
    migrationsFrom: (host, ids) => compute.migrationsFrom(host, ids),
    abort: (migration) => compute.abort(migration),
    loads: () => compute.loads(),
    partsOn: (host, reason) => partsOn(session, host, reason),
    reportsOn: (host) => reportsOn(session, host),
    switchPart: (part, isOn, reason) => switchPart(session, part, isOn, reason),
    volumesOn: (host) => volumesOn(session, host),
    removeHost: async (host) => void (await removeHost(session, host)),
  };
}
