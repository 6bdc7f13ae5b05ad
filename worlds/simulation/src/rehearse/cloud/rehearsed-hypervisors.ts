import { migrationBandwidth } from '@keelson/lab';
import type { ComputeService, HostLoad, Instance, LiveMigration, PlacedInstance } from '@keelson/openstack';
import type { Hypervisors } from '@keelson/openstack-svc';
import { type Clock, notFound, type Timer } from '@keelson/std';
import type { CloudRoom, RoomyCompute } from './cloud-room.js';
import { destinationOf, type Occupancy } from './destinations.js';

export interface RehearsedHypervisorsOptions {
  readonly room: CloudRoom;
  readonly clock: Clock;
  /** Times are divided by this. */
  readonly compress: number;
  /** Whether the node of a compute is Ready now. */
  readonly isNodeUp: (host: string) => boolean;
}

/** An instance that no compute took when it was to leave. Times are the clock's. */
export interface Unplaced {
  readonly id: string;
  readonly host: string;
  /** Why, as a sentence. */
  readonly refusal: string;
  readonly since: number;
  /** When it could go after all; undefined while it cannot. */
  readonly until?: number;
}

interface Move {
  readonly id: string;
  readonly instance: PlacedInstance;
  readonly from: string;
  readonly to: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly timer: Timer;
}

/** Before and after memory is copied, seconds. */
const overheadSeconds = 4;

/** The computes of a cloud as a snapshot shows them: instances move between them as far as there is room. Simulated. */
export class RehearsedHypervisors implements Hypervisors {
  readonly #options: RehearsedHypervisorsOptions;
  readonly #computes: Map<string, RoomyCompute>;
  readonly #instances: Map<string, PlacedInstance>;
  readonly #moves = new Map<string, Move>();
  /** When the last migration that leaves a host ends: nova moves one at a time. */
  readonly #busyUntil = new Map<string, number>();
  readonly #unplaced = new Map<string, Unplaced>();
  #count = 0;
  #arrived = 0;

  constructor(options: RehearsedHypervisorsOptions) {
    this.#options = options;
    this.#computes = new Map(options.room.computes.map((compute) => [compute.host, compute]));
    this.#instances = new Map(options.room.instances.map((instance) => [instance.id, instance]));
  }

  /** Every instance that could not leave when it was to. */
  get unplaced(): readonly Unplaced[] {
    return [...this.#unplaced.values()];
  }

  /** Live migrations that came to their end. */
  get arrived(): number {
    return this.#arrived;
  }

  async services(): Promise<readonly ComputeService[]> {
    return this.#seen();
  }

  async instancesOn(host: string): Promise<readonly Instance[]> {
    return this.#on(host).map(({ id, name, tags, status, task }) =>
      this.#moves.has(id)
        ? { id, name, tags, status: 'MIGRATING', task: 'migrating' }
        : { id, name, tags, status, task },
    );
  }

  async disable({ host }: Pick<ComputeService, 'host'>, disabledReason: string): Promise<void> {
    const compute = this.#compute(host);
    if (compute.isEnabled) this.#computes.set(host, { ...compute, isEnabled: false, disabledReason });
  }

  async enable(id: string): Promise<void> {
    const compute = [...this.#computes.values()].find((one) => one.id === id);
    if (compute === undefined) throw notFound(`there is no compute service ${id} in the rehearsal`);
    const { disabledReason: _, ...rest } = compute;
    this.#computes.set(compute.host, { ...rest, isEnabled: true });
  }

  /** As nova: the order is taken, and comes to nothing where no host is found. */
  async liveMigrate(id: string): Promise<void> {
    const instance = this.#instances.get(id);
    if (instance === undefined) throw notFound(`there is no instance ${id} in the rehearsal`);
    const { host } = instance;
    const now = this.#options.clock.now();
    const known = this.#unplaced.get(id);
    const found = this.#isUp(this.#compute(host))
      ? destinationOf(instance, host, this.#occupancy())
      : { refusal: `the instance ${instance.name} cannot leave ${host}, whose nova-compute is down` };
    if ('refusal' in found) {
      this.#unplaced.set(id, { id, host, refusal: found.refusal, since: known?.since ?? now });
      return;
    }
    if (known !== undefined) this.#unplaced.set(id, { ...known, until: now });
    this.#begin(instance, found.to);
  }

  async migrationsFrom(host: string, ids: readonly string[]): Promise<readonly LiveMigration[]> {
    const now = this.#options.clock.now();
    return [...this.#moves.values()]
      .filter(({ from, instance }) => from === host && ids.includes(instance.id))
      .map(({ id, instance, startsAt, endsAt }) => {
        const total = instance.memory * 1024 * 1024;
        const left = Math.min(1, Math.max(0, (endsAt - now) / (endsAt - startsAt)));
        const status = now < startsAt ? 'queued' : 'running';
        return { id, instance: instance.id, status, memory: { total, remaining: Math.ceil(total * left) } };
      });
  }

  async abort({ instance }: Pick<LiveMigration, 'instance'>): Promise<void> {
    const move = this.#moves.get(instance);
    if (move === undefined) return;
    move.timer.cancel();
    this.#moves.delete(instance);
    this.#take(move.to, move.instance, -1);
  }

  async loads(): Promise<readonly HostLoad[]> {
    return [...this.#computes.values()].map(({ host, memory: room }) => {
      const own = this.#on(host);
      const memory = own.reduce((sum, instance) => sum + instance.memory, 0);
      return { host, instances: own.length, memory, room };
    });
  }

  // Agents and volumes are not in the rehearsal: they hold nobody up.
  readonly partsOn = async () => [];
  readonly reportsOn = async () => [];
  readonly volumesOn = async () => [];
  readonly switchPart = async () => undefined;
  readonly removeHost = async () => undefined;

  #compute(host: string): RoomyCompute {
    const compute = this.#computes.get(host);
    if (compute === undefined) throw notFound(`there is no compute ${host} in the rehearsal`);
    return compute;
  }

  /** What was down in the cloud stays so. */
  #isUp({ host, isUp }: RoomyCompute): boolean {
    return isUp && this.#options.isNodeUp(host);
  }

  #seen(): readonly RoomyCompute[] {
    return [...this.#computes.values()].map((compute) => ({ ...compute, isUp: this.#isUp(compute) }));
  }

  #on(host: string): readonly PlacedInstance[] {
    return [...this.#instances.values()].filter((instance) => instance.host === host);
  }

  #occupancy(): Occupancy {
    const hosts = [...this.#instances.values()].map(({ id, host }) => [id, this.#moves.get(id)?.to ?? host] as const);
    return { computes: this.#seen(), hostOf: new Map(hosts), groups: this.#options.room.groups };
  }

  #begin(instance: PlacedInstance, to: string): void {
    const { clock, compress } = this.#options;
    const { id, host: from, memory } = instance;
    const startsAt = Math.max(clock.now(), this.#busyUntil.get(from) ?? 0);
    const endsAt = startsAt + ((overheadSeconds + memory / migrationBandwidth) / compress) * 1000;
    this.#busyUntil.set(from, endsAt);
    this.#take(to, instance, 1);
    const timer = clock.schedule(endsAt - clock.now(), () => {
      this.#moves.delete(id);
      this.#arrived += 1;
      this.#instances.set(id, { ...instance, host: to });
      this.#take(from, instance, -1);
    });
    this.#moves.set(id, { id: String((this.#count += 1)), instance, from, to, startsAt, endsAt, timer });
  }

  /** Takes the room of an instance, or gives it back. */
  #take(host: string, { cpus, memory }: PlacedInstance, sign: 1 | -1): void {
    const compute = this.#compute(host);
    this.#computes.set(host, {
      ...compute,
      cpus: compute.cpus - sign * cpus,
      memory: compute.memory - sign * memory,
    });
  }
}
