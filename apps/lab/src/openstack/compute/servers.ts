import { rfc3339, type Clock, type Random, uuid } from '@keelson/std';
import type { Doc } from '../exchange.js';

/** A simulated instance. Only what its API shows. */
export interface Instance {
  readonly id: string;
  name: string;
  host: string;
  readonly zone: string;
  readonly project: string;
  flavor: Flavor;
  readonly tags: Set<string>;
  metadata: Record<string, string>;
  status: 'BUILD' | 'ACTIVE' | 'PAUSED' | 'SHUTOFF' | 'MIGRATING' | 'REBUILD' | 'RESIZE' | 'VERIFY_RESIZE' | 'ERROR';
  task: string | null;
  locked: boolean;
  readonly createdAt: number;
  updatedAt: number;
  readonly image: string;
  readonly address: string;
  fault: string | undefined;
  /** Where it was before a cold migration that is not confirmed. */
  previousHost: string | undefined;
  /** What it was before a resize that is not confirmed. */
  previousFlavor: Flavor | undefined;
}

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  /** MiB. */
  readonly ram: number;
  /** GiB. */
  readonly disk: number;
}

export const flavors: readonly Flavor[] = [
  { id: '1', name: 'm1.tiny', vcpus: 1, ram: 512, disk: 1 },
  { id: '2', name: 'm1.small', vcpus: 1, ram: 2048, disk: 20 },
  { id: '3', name: 'm1.medium', vcpus: 2, ram: 4096, disk: 40 },
  { id: '4', name: 'm1.large', vcpus: 4, ram: 8192, disk: 80 },
  { id: '5', name: 'm1.xlarge', vcpus: 8, ram: 16_384, disk: 160 },
];

/** All instances of a cloud, by id and by host, so that one host of hundreds is drained without walking the others. */
export class Instances {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #byId = new Map<string, Instance>();
  readonly #byHost = new Map<string, Set<Instance>>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get size(): number {
    return this.#byId.size;
  }

  make(given: Pick<Instance, 'name' | 'host' | 'zone' | 'project' | 'flavor'> & Partial<Instance>): Instance {
    const now = this.#clock.now();
    const number = this.#byId.size + 2;
    const made: Instance = {
      id: uuid(this.#random),
      tags: new Set(),
      metadata: {},
      status: 'ACTIVE',
      task: null,
      locked: false,
      createdAt: now,
      updatedAt: now,
      image: 'simulated',
      address: `192.168.${(number >> 8) & 255}.${number & 255}`,
      fault: undefined,
      previousHost: undefined,
      previousFlavor: undefined,
      ...given,
    };
    this.restore(made);
    return made;
  }

  restore(instance: Instance): void {
    this.#byId.set(instance.id, instance);
    this.#on(instance.host).add(instance);
  }

  get(id: string): Instance | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<Instance> {
    return this.#byId.values();
  }

  onHost(host: string): readonly Instance[] {
    return [...(this.#byHost.get(host) ?? [])];
  }

  /** MiB of memory that the instances of a host have. */
  memoryOn(host: string): number {
    let sum = 0;
    for (const { flavor } of this.#byHost.get(host) ?? []) sum += flavor.ram;
    return sum;
  }

  move(instance: Instance, host: string): void {
    this.#byHost.get(instance.host)?.delete(instance);
    instance.host = host;
    this.#on(host).add(instance);
    this.touch(instance);
  }

  remove(instance: Instance): void {
    this.#byId.delete(instance.id);
    this.#byHost.get(instance.host)?.delete(instance);
  }

  touch(instance: Instance): void {
    instance.updatedAt = this.#clock.now();
  }

  #on(host: string): Set<Instance> {
    const present = this.#byHost.get(host) ?? new Set<Instance>();
    this.#byHost.set(host, present);
    return present;
  }
}

const powerStates = {
  ACTIVE: 1,
  MIGRATING: 1,
  REBUILD: 1,
  RESIZE: 1,
  PAUSED: 3,
  SHUTOFF: 4,
  VERIFY_RESIZE: 1,
  BUILD: 0,
  ERROR: 0,
};
const vmStates = {
  ACTIVE: 'active',
  MIGRATING: 'active',
  REBUILD: 'active',
  RESIZE: 'active',
  PAUSED: 'paused',
  SHUTOFF: 'stopped',
  VERIFY_RESIZE: 'resized',
  BUILD: 'building',
  ERROR: 'error',
};

/** A server as nova shows it (API microversion 2.96 and older members alike). */
export function serverDoc(instance: Instance, volumes: readonly Doc[]): Doc {
  const { id, name, host, flavor, status } = instance;
  const isFlavor = { original_name: flavor.name, vcpus: flavor.vcpus, ram: flavor.ram, disk: flavor.disk };
  return {
    id,
    name,
    status,
    tenant_id: instance.project,
    user_id: 'simulated',
    hostId: hostId(host),
    metadata: instance.metadata,
    tags: [...instance.tags],
    locked: instance.locked,
    created: rfc3339(instance.createdAt),
    updated: rfc3339(instance.updatedAt),
    flavor: { ...isFlavor, ephemeral: 0, swap: 0, extra_specs: {} },
    image: { id: instance.image },
    addresses: { simulated: [{ addr: instance.address, version: 4, 'OS-EXT-IPS:type': 'fixed' }] },
    'OS-EXT-AZ:availability_zone': instance.zone,
    'OS-EXT-SRV-ATTR:host': host,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': host,
    'OS-EXT-SRV-ATTR:instance_name': `instance-${id.slice(0, 8)}`,
    'OS-EXT-STS:task_state': instance.task,
    'OS-EXT-STS:vm_state': vmStates[status],
    'OS-EXT-STS:power_state': powerStates[status],
    'os-extended-volumes:volumes_attached': volumes.map((volume) => ({
      id: volume['id'],
      delete_on_termination: false,
    })),
    ...(instance.fault === undefined
      ? {}
      : { fault: { code: 500, message: instance.fault, created: rfc3339(instance.updatedAt) } }),
  };
}

function hostId(host: string): string {
  let hash = 0x811c9dc5;
  for (const char of host) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0').repeat(7);
}
