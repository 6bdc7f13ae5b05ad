import { isFailure } from '@keelson/std';
import { z } from 'zod';
import { read } from './answers.js';
import { beginLiveMigration, hypervisorsOf, nova, roomOf, ServerRow, serversOn } from './nova.js';
import type { Session } from './session.js';

/** A nova-compute, by the row of its service. */
export interface ComputeService {
  readonly id: string;
  readonly host: string;
  /** Availability zone. */
  readonly zone: string;
  readonly isEnabled: boolean;
  /** What was said when it was disabled. */
  readonly disabledReason?: string;
  readonly isUp: boolean;
}

/** A live migration that is under way. */
export interface LiveMigration {
  readonly id: string;
  readonly instance: string;
  /** Such as `queued`, `preparing`, `running`. */
  readonly status: string;
  /** Bytes of memory; undefined until the hypervisor has told. */
  readonly memory: { readonly total: number; readonly remaining: number } | undefined;
}

/** What the instances of a host have, by nova's own count. */
export interface HostLoad {
  readonly host: string;
  readonly instances: number;
  /** MiB that instances and the host itself take. */
  readonly memory: number;
  /** MiB that nobody takes. */
  readonly room: number;
}

export interface Instance {
  readonly id: string;
  readonly name: string;
  /** Such as `ACTIVE`, `SHUTOFF`, `MIGRATING`. */
  readonly status: string;
  /** What nova is doing to it, such as `migrating`; null when nothing. */
  readonly task: string | null;
  readonly tags: readonly string[];
}

const ServicesSchema = z.object({
  services: z.array(
    z.object({
      id: z.string(),
      host: z.string(),
      zone: z.string(),
      status: z.string(),
      state: z.string(),
      disabled_reason: z.string().nullish(),
    }),
  ),
});
const MigrationsSchema = z.object({
  migrations: z.array(
    z.object({
      id: z.number(),
      status: z.string(),
      memory_total_bytes: z.number().nullish(),
      memory_remaining_bytes: z.number().nullish(),
    }),
  ),
});
const RunningSchema = z.object({ migrations: z.array(z.object({ instance_uuid: z.string() })) });
/** What draining a hypervisor needs of nova. */
export class ComputeClient {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Every nova-compute of the cloud. @throws Failure as `Session.call` */
  services(): Promise<readonly ComputeService[]> {
    return this.#servicesAt('/os-services?binary=nova-compute');
  }

  async #servicesAt(path: string): Promise<readonly ComputeService[]> {
    const request = { ...nova, path };
    const { services } = await read(this.#session, ServicesSchema, request);
    return services.map(({ id, host, zone, status, state, disabled_reason: reason }) => ({
      id,
      host,
      zone,
      isEnabled: status === 'enabled',
      isUp: state === 'up',
      ...(reason === null || reason === undefined ? {} : { disabledReason: reason }),
    }));
  }

  /** All instances on a host, of every project. @throws Failure as `Session.call` */
  async instancesOn(host: string): Promise<readonly Instance[]> {
    const servers = await serversOn(this.#session, host, ServerRow);
    return servers.map(({ id, name, status, tags, ...rest }) => ({
      id,
      name,
      status,
      tags,
      task: rest['OS-EXT-STS:task_state'] ?? null,
    }));
  }

  /** New instances no longer go to the host. What somebody else has disabled before keeps their reason. */
  async disable({ id, host }: Pick<ComputeService, 'id' | 'host'>, reason: string): Promise<void> {
    const now = await this.#servicesAt(`/os-services?binary=nova-compute&host=${encodeURIComponent(host)}`);
    if (now.some((service) => service.id === id && !service.isEnabled)) return;
    await this.#setStatus(id, { status: 'disabled', disabled_reason: reason });
  }

  async enable(serviceId: string): Promise<void> {
    await this.#setStatus(serviceId, { status: 'enabled' });
  }

  /** Begins to move an instance to a host that nova chooses; it runs on meanwhile. */
  async liveMigrate(instanceId: string): Promise<void> {
    await beginLiveMigration(this.#session, instanceId, null);
  }

  /**
   * Live migrations of instances that leave a host. How far one got is told by its instance alone; where several leave, the
   * host is asked first which of them run, for the others wait behind these (nova's max_concurrent_live_migrations).
   *
   * @throws Failure as `Session.call`
   */
  async migrationsFrom(host: string, instances: readonly string[]): Promise<readonly LiveMigration[]> {
    const running = instances.length > 1 ? await this.#runningFrom(host) : undefined;
    const asked = instances.filter((instance) => running?.has(instance) !== false);
    return (await Promise.all(asked.map((instance) => this.#migrationsOf(instance)))).flat();
  }

  async #runningFrom(host: string): Promise<ReadonlySet<string>> {
    const query = `source_compute=${encodeURIComponent(host)}&migration_type=live-migration&status=running`;
    const { migrations } = await read(this.#session, RunningSchema, { ...nova, path: `/os-migrations?${query}` });
    return new Set(migrations.map(({ instance_uuid: instance }) => instance));
  }

  /** Of one that is gone there are none. */
  async #migrationsOf(instance: string): Promise<readonly LiveMigration[]> {
    const request = { ...nova, path: `/servers/${instance}/migrations` };
    const { migrations } = await read(this.#session, MigrationsSchema, request).catch((error: unknown) => {
      if (isFailure(error, 'notFound')) return { migrations: [] };
      throw error;
    });
    return migrations.map(({ id, status, memory_total_bytes: total, memory_remaining_bytes: remaining }) => ({
      id: String(id),
      instance,
      status,
      memory: typeof total === 'number' && typeof remaining === 'number' ? { total, remaining } : undefined,
    }));
  }

  /** Calls a live migration off: the instance goes on where it was. */
  async abort({ instance, id }: Pick<LiveMigration, 'instance' | 'id'>): Promise<void> {
    await this.#session.call({ ...nova, method: 'DELETE', path: `/servers/${instance}/migrations/${id}` });
  }

  /** What each host carries. @throws Failure as `Session.call` */
  async loads(): Promise<readonly HostLoad[]> {
    return (await hypervisorsOf(this.#session)).map((row) => ({
      host: row.service.host,
      instances: row.running_vms ?? 0,
      memory: row.memory_mb_used ?? 0,
      room: roomOf(row),
    }));
  }

  async #setStatus(serviceId: string, body: object): Promise<void> {
    await this.#session.call({ ...nova, method: 'PUT', path: `/os-services/${serviceId}`, body });
  }
}
