import type { Clock } from '@keelson/std';
import { type Violation } from '../oracles.js';
import type { HostEvent, Hosts } from './hosts.js';

/** APIs that a cloud must not be without. */
const apis = [
  ['keystone', 'api'],
  ['nova', 'os-api'],
  ['neutron', 'server'],
  ['glance', 'api'],
  ['placement', 'api'],
] as const;
/** Pods need so long to be well again after hosts were down that no update took down, milliseconds. */
const recoveryMs = 900_000;
/** A pod that is replaced may leave so much of a gap before its Service knows the next one, milliseconds. */
const gapMs = 60_000;

/** What is known of the world, whatever anybody says. */
export interface CloudTruth {
  readonly clock: Pick<Clock, 'now'>;
  readonly hosts: Pick<Hosts, 'cloud' | 'versions' | 'stored' | 'names' | 'isUp' | 'isRestarting'>;
  isCloudWell(): boolean;
}

/** What an update must not do to a cloud, judged by the simulated OpenStack and the pods that are. */
export class CloudInvariants {
  readonly #world: CloudTruth;
  readonly #report: (oracle: Violation['oracle'], what: string) => void;
  readonly #instances: ReadonlySet<string>;
  /** Since when no pod of an API is ready. */
  readonly #silent = new Map<string, number>();
  #troubledAt = -Infinity;

  constructor(world: CloudTruth, report: (oracle: Violation['oracle'], what: string) => void) {
    this.#world = world;
    this.#report = report;
    this.#instances = new Set((world.hosts.cloud()?.instances ?? []).map(({ id }) => id));
  }

  /** A host restarts for the update: its instances have left before. */
  host({ type, machine }: HostEvent): void {
    const node = this.#world.hosts.versions().get(machine)?.node;
    if (type !== 'restarts') return;
    for (const { name, host, status } of this.#world.hosts.cloud()?.instances ?? [])
      if (host === node && status !== 'SHUTOFF')
        this.#report('drain', `${machine} restarts while the instance ${name} is on it, ${status}`);
  }

  /** To be asked every few seconds. */
  look(): void {
    this.#lost();
    const now = this.#world.clock.now();
    if (this.#isTroubled()) this.#troubledAt = now;
    for (const [application, component] of apis) {
      const name = `${application}-${component}`;
      if (this.#isServed(application, component) || now - this.#troubledAt < recoveryMs) this.#silent.delete(name);
      else this.#silent.set(name, this.#silent.get(name) ?? now);
      if (now - (this.#silent.get(name) ?? now) > gapMs)
        this.#report('budget', `no pod of ${name} has been ready for ${gapMs / 1000} s, and no host is down by itself`);
    }
  }

  /** All is as it should be once the update is over. */
  over(): void {
    for (const { metadata, ...lock } of this.#world.hosts.stored('nodeworkloadlocks.lcm.mirantis.com')) {
      const state = (lock['status'] as { state?: string } | undefined)?.state;
      if (metadata.name.startsWith('openstack-') && state !== 'active')
        this.#report('convergence', `the update is over, but the lock ${metadata.name} is ${state ?? 'without state'}`);
    }
    for (const [host, { disabled, reason }] of Object.entries(this.#world.hosts.cloud()?.computes ?? {}))
      if (disabled)
        this.#report('convergence', `the update is over, but nova-compute on ${host} is disabled: ${reason}`);
    if (!this.#world.isCloudWell()) this.#report('convergence', 'the update is over, but the cloud is not well');
  }

  #lost(): void {
    const left = new Map((this.#world.hosts.cloud()?.instances ?? []).map((instance) => [instance.id, instance]));
    for (const id of this.#instances) if (!left.has(id)) this.#report('drain', `the instance ${id} is lost`);
    for (const { name, status, fault } of left.values())
      if (status === 'ERROR') this.#report('drain', `the instance ${name} has failed: ${fault ?? 'no fault'}`);
  }

  /** Something beside the update takes pods away: hosts down that it did not restart, an API server that is. */
  #isTroubled(): boolean {
    const { hosts } = this.#world;
    return hosts.names.some((machine) => !hosts.isUp(machine) && !hosts.isRestarting(machine));
  }

  #isServed(application: string, component: string): boolean {
    return this.#world.hosts.stored('pods').some(({ metadata, ...pod }) => {
      const { labels = {} } = metadata;
      const { conditions = [] } = (pod['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
      const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
      return labels['application'] === application && labels['component'] === component && isReady;
    });
  }
}
