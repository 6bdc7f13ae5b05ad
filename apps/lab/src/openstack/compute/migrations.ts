import { type Clock, type Random, type Timer, rfc3339, uuid } from '@keelson/std';
import type { Faults } from '../../faults/faults.js';
import type { Pace } from '../../world/pace.js';
import type { Doc } from '../exchange.js';
import type { Flavor, Instance, Instances } from './servers.js';

export type MigrationType = 'live-migration' | 'migration' | 'evacuation';
export type MigrationStatus =
  | 'queued'
  | 'running'
  | 'completed'
  | 'cancelled'
  | 'error'
  | 'accepted'
  | 'done'
  | 'finished';

export interface Migration {
  readonly id: number;
  readonly uuid: string;
  readonly type: MigrationType;
  readonly instance: Instance;
  readonly source: string;
  readonly destination: string | undefined;
  /** MiB that it takes where it goes. */
  readonly ram: number;
  /** Of a resize: what it is to be. */
  flavor: Flavor | undefined;
  status: MigrationStatus;
  readonly createdAt: number;
  updatedAt: number;
  startedAt: number | undefined;
  durationMs: number;
  timer: Timer | undefined;
}

export interface MigrationsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly pace: Pace;
  readonly faults: Pick<Faults, 'holds' | 'subscribe'>;
  readonly instances: Instances;
  /** Whether a host takes instances now. */
  readonly isUp: (host: string) => boolean;
  readonly changed: () => void;
}

/** nova's max_concurrent_live_migrations: others of the same source wait. */
const concurrent = 1;
/** What a migration network carries, MiB a second: 10 Gbit/s with its overhead. */
export const migrationBandwidth = 1_100;
/** Before and after memory is copied, seconds. */
const overheadSeconds = 4;
const evacuationSeconds = 25;
const coldSeconds = 30;
const keptPerCloud = 20_000;

/** Moves instances between hosts, which takes the time that their memory takes, and can get stuck. */
export class Migrations {
  readonly #options: MigrationsOptions;
  readonly #all = new Map<number, Migration>();
  readonly #ofInstance = new Map<string, number[]>();
  readonly #queues = new Map<string, Migration[]>();
  readonly #running = new Map<string, number>();
  readonly #unsubscribe: () => void;
  readonly #coming = new Map<string, number>();
  readonly #open = new Set<Migration>();
  #counter = 0;

  constructor(options: MigrationsOptions) {
    this.#options = options;
    this.#unsubscribe = options.faults.subscribe(() => this.#resume());
  }

  stop(): void {
    this.#unsubscribe();
    for (const { timer } of this.#open) timer?.cancel();
  }

  list(): readonly Migration[] {
    return [...this.#all.values()];
  }

  of(instance: Instance): readonly Migration[] {
    return (this.#ofInstance.get(instance.id) ?? []).flatMap((id) => this.#all.get(id) ?? []);
  }

  /** Moves a running instance. Without a destination there was no valid host: the migration ends in error at once. */
  live(instance: Instance, destination: string | undefined): Migration {
    const { random } = this.#options;
    // A guest that writes much has its memory copied more than once.
    const copied = instance.flavor.ram * (1 + 0.3 * random.next());
    const migration = this.#begin(
      'live-migration',
      instance,
      destination,
      overheadSeconds + copied / migrationBandwidth,
    );
    if (destination === undefined) return this.#end(migration, 'error');
    instance.status = 'MIGRATING';
    instance.task = 'migrating';
    const queue = this.#queues.get(migration.source) ?? [];
    this.#queues.set(migration.source, [...queue, migration]);
    this.#next(migration.source);
    return migration;
  }

  /** Builds an instance of a dead host anew on another. */
  evacuate(instance: Instance, destination: string | undefined): Migration {
    const migration = this.#begin('evacuation', instance, destination, evacuationSeconds);
    if (destination === undefined) {
      instance.status = 'ERROR';
      instance.fault = 'No valid host was found. (simulated)';
      return this.#end(migration, 'error');
    }
    instance.status = 'REBUILD';
    instance.task = 'rebuilding';
    this.#start(migration);
    migration.status = 'accepted';
    return migration;
  }

  /** Moves a stopped or running instance by stopping it, to another flavor if one is given; it waits for its confirmation then. */
  cold(instance: Instance, destination: string | undefined, flavor?: Flavor): Migration {
    const migration = this.#begin('migration', instance, destination, coldSeconds, flavor);
    if (destination === undefined) return this.#end(migration, 'error');
    instance.status = 'RESIZE';
    instance.task = 'resize_migrating';
    this.#start(migration);
    return migration;
  }

  /** MiB of memory that is on its way to a host, and taken there already. */
  comingTo(host: string): number {
    return this.#coming.get(host) ?? 0;
  }

  /** Calls a live migration off that has not ended. False when there is nothing to call off. */
  abort(migration: Migration): boolean {
    if (migration.status !== 'running' && migration.status !== 'queued') return false;
    this.#settle(migration, 'cancelled');
    return true;
  }

  /** The live migrations from and to a host that dies fail; their guests stay where they were. */
  hostDied(host: string): void {
    for (const migration of this.#open)
      if (migration.type === 'live-migration' && [migration.source, migration.destination].includes(host))
        this.#settle(migration, 'error');
  }

  #begin(
    type: MigrationType,
    instance: Instance,
    destination: string | undefined,
    seconds: number,
    flavor?: Flavor,
  ): Migration {
    const { clock, random, pace } = this.#options;
    const now = clock.now();
    const migration: Migration = {
      id: (this.#counter += 1),
      uuid: uuid(random),
      type,
      instance,
      source: instance.host,
      destination,
      ram: flavor?.ram ?? instance.flavor.ram,
      flavor,
      status: 'queued',
      createdAt: now,
      updatedAt: now,
      startedAt: undefined,
      durationMs: pace.ms(seconds),
      timer: undefined,
    };
    this.#all.set(migration.id, migration);
    this.#open.add(migration);
    this.#ofInstance.set(instance.id, [...(this.#ofInstance.get(instance.id) ?? []), migration.id]);
    if (this.#all.size > keptPerCloud) this.#forgetOldest();
    if (destination !== undefined) this.#expect(destination, migration.ram);
    return migration;
  }

  #expect(host: string, ram: number): void {
    this.#coming.set(host, this.comingTo(host) + ram);
  }

  #forgetOldest(): void {
    for (const [id, migration] of this.#all) {
      if (this.#open.has(migration)) continue;
      this.#all.delete(id);
      return;
    }
  }

  #next(source: string): void {
    const queue = this.#queues.get(source) ?? [];
    while ((this.#running.get(source) ?? 0) < concurrent && queue.length > 0) {
      const migration = queue.shift();
      if (migration?.status !== 'queued') continue;
      this.#running.set(source, (this.#running.get(source) ?? 0) + 1);
      this.#start(migration);
    }
  }

  #start(migration: Migration): void {
    const { clock } = this.#options;
    migration.status = 'running';
    migration.startedAt = clock.now();
    migration.updatedAt = clock.now();
    migration.timer = clock.schedule(migration.durationMs, () => this.#due(migration));
  }

  #due(migration: Migration): void {
    migration.timer = undefined;
    // Memory that is written faster than it is copied: it goes on until it is aborted or the guest calms down.
    if (migration.type === 'live-migration' && this.#isStuck(migration)) return;
    if (migration.destination !== undefined && !this.#options.isUp(migration.destination))
      return this.#settle(migration, 'error');
    this.#arrive(migration);
  }

  #isStuck({ instance }: Migration): boolean {
    const { faults } = this.#options;
    return faults.holds('migrationStuck', instance.name) || faults.holds('migrationStuck', instance.id);
  }

  #resume(): void {
    for (const migration of this.#open)
      if (migration.status === 'running' && migration.timer === undefined) this.#due(migration);
  }

  #arrive(migration: Migration): void {
    const { instance, destination } = migration;
    if (destination === undefined) return;
    const { instances } = this.#options;
    if (migration.type === 'migration') instance.previousHost = instance.host;
    if (migration.flavor !== undefined) {
      instance.previousFlavor = instance.flavor;
      instance.flavor = migration.flavor;
    }
    instances.move(instance, destination);
    this.#settle(
      migration,
      migration.type === 'live-migration' ? 'completed' : migration.type === 'migration' ? 'finished' : 'done',
    );
    if (migration.type === 'migration') instance.status = 'VERIFY_RESIZE';
  }

  #settle(migration: Migration, status: MigrationStatus): void {
    const { instance, source } = migration;
    const wasRunning = migration.startedAt !== undefined;
    this.#end(migration, status);
    instance.task = null;
    if (['MIGRATING', 'REBUILD', 'RESIZE'].includes(instance.status)) instance.status = 'ACTIVE';
    if (migration.type !== 'live-migration' || !wasRunning) return;
    this.#running.set(source, Math.max(0, (this.#running.get(source) ?? 0) - 1));
    this.#next(source);
  }

  #end(migration: Migration, status: MigrationStatus): Migration {
    migration.timer?.cancel();
    migration.timer = undefined;
    this.#open.delete(migration);
    if (migration.destination !== undefined) this.#expect(migration.destination, -migration.ram);
    migration.status = status;
    migration.updatedAt = this.#options.clock.now();
    this.#options.instances.touch(migration.instance);
    this.#options.changed();
    return migration;
  }
}

/** A migration as nova shows it in os-migrations: without figures. */
export function migrationRow(migration: Migration): Doc {
  const { id, instance, type, flavor, source, destination, status } = migration;
  return {
    id,
    uuid: migration.uuid,
    migration_type: flavor === undefined ? type : 'resize',
    status,
    instance_uuid: instance.id,
    source_compute: source,
    source_node: source,
    dest_compute: destination ?? null,
    dest_node: destination ?? null,
    dest_host: null,
    created_at: rfc3339(migration.createdAt),
    updated_at: rfc3339(migration.updatedAt),
  };
}

/** A migration as nova shows it below its server. */
export function migrationDoc(migration: Migration, now: number): Doc {
  const { instance, status, startedAt } = migration;
  const copied = startedAt === undefined ? 0 : (now - startedAt) / Math.max(1, migration.durationMs);
  // Overdue: the guest dirties its last tenth as fast as it is copied.
  const share = status === 'running' && copied > 1.001 ? 0.9 : Math.min(1, copied);
  const total = instance.flavor.ram * 1024 * 1024;
  return {
    ...migrationRow(migration),
    server_uuid: instance.id,
    memory_total_bytes: total,
    memory_processed_bytes: Math.floor(total * share),
    memory_remaining_bytes: Math.ceil(total * (1 - share)),
    disk_total_bytes: 0,
    disk_processed_bytes: 0,
    disk_remaining_bytes: 0,
  };
}
