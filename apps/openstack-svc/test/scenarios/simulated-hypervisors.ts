import type {
  ComputeService,
  HostLoad,
  HostPart,
  HostVolume,
  Instance,
  LiveMigration,
  PartReport,
} from '@keelson/openstack';
import { type Clock, transient } from '@keelson/std';
import type { Hypervisors } from '../../src/locks/hypervisors.js';

interface Guest {
  host: string;
  status: string;
  task: string | null;
  readonly tags: readonly string[];
}

/** Stands for nova: instances that move within twenty seconds. Simulated; what is in `stuck` comes back to where it was. */
export class SimulatedHypervisors implements Hypervisors {
  readonly guests = new Map<string, Guest>();
  readonly stuck = new Set<string>();
  readonly zones = new Map<string, string>();
  readonly disabled = new Map<string, string>();
  readonly down = new Set<string>();
  readonly moves: string[] = [];
  readonly removed: string[] = [];
  /** Agents and volume services by the host that they are on, and ids of those that are not heard of. */
  readonly agents = new Map<string, readonly HostPart[]>();
  readonly silent = new Set<string>();
  isAway = false;
  mostAtOnce = 0;
  hosts: readonly string[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  boot(id: string, host: string, more: Partial<Guest> = {}): void {
    this.guests.set(id, { host, status: 'ACTIVE', task: null, tags: [], ...more });
  }

  async services(): Promise<readonly ComputeService[]> {
    this.#answer();
    return this.hosts.map((host) => ({
      id: `service-${host}`,
      host,
      zone: this.zones.get(host) ?? 'nova',
      isEnabled: !this.disabled.has(host),
      disabledReason: this.disabled.get(host) ?? '',
      isUp: !this.down.has(host),
    }));
  }

  async instancesOn(host: string): Promise<readonly Instance[]> {
    this.#answer();
    return [...this.guests]
      .filter(([, guest]) => guest.host === host)
      .map(([id, guest]) => ({ ...guest, id, name: id }));
  }

  async disable({ host }: { readonly host: string }, reason: string): Promise<void> {
    if (!this.disabled.has(host)) this.disabled.set(host, reason);
  }

  async enable(serviceId: string): Promise<void> {
    this.disabled.delete(serviceId.replace('service-', ''));
  }

  async migrationsFrom(): Promise<readonly LiveMigration[]> {
    return [];
  }

  async abort(): Promise<void> {
    this.#answer();
  }

  async loads(): Promise<readonly HostLoad[]> {
    this.#answer();
    return [];
  }

  async partsOn(): Promise<readonly HostPart[]> {
    this.#answer();
    return [];
  }

  async reportsOn(host: string): Promise<readonly PartReport[]> {
    this.#answer();
    return (this.agents.get(host) ?? []).map((part) => ({ part, isAlive: !this.silent.has(part.id) }));
  }

  async switchPart(): Promise<void> {
    this.#answer();
  }

  async volumesOn(): Promise<readonly HostVolume[]> {
    this.#answer();
    return [];
  }

  async removeHost(host: string): Promise<void> {
    this.#answer();
    this.removed.push(host);
  }

  async liveMigrate(id: string): Promise<void> {
    this.#answer();
    const guest = this.guests.get(id);
    if (guest === undefined) return;
    this.moves.push(id);
    Object.assign(guest, { status: 'MIGRATING', task: 'migrating' });
    const moving = [...this.guests.values()].filter(({ status }) => status === 'MIGRATING').length;
    this.mostAtOnce = Math.max(this.mostAtOnce, moving);
    this.#clock.schedule(20_000, () => {
      Object.assign(guest, { status: 'ACTIVE', task: null });
      const target = this.hosts.find((host) => host !== guest.host && !this.disabled.has(host));
      if (!this.stuck.has(id) && target !== undefined) guest.host = target;
    });
  }

  #answer(): void {
    if (this.isAway) throw transient('the compute API does not answer', { reason: 'Unreachable' });
  }
}
