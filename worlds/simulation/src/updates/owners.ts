import type { Bus, Subscription } from '@keelson/bus';
import { type UpdateAnswer, type UpdateOrder, alertsRequest, updateOwners } from '@keelson/contracts';
import type { Clock } from '@keelson/std';

/** Owners of steps that no service of this world brings about. */
export type AbsentOwner = 'openstack' | 'ceph';

/**
 * Stand-ins for the owners of the steps `openstack` and `ceph` and for whoever knows the alerts: they do nothing but take
 * their time, and remember their orders over any restart. Simulated, and they say so.
 */
export class StandIns {
  /** Why a step fails; empty when all is well. */
  readonly failing = new Map<string, string>();
  /** Names of alerts that fire. */
  readonly alerts = new Set<string>();
  readonly absent: readonly AbsentOwner[];
  readonly #orders = new Map<string, number>();
  readonly #subscriptions = new Map<AbsentOwner, readonly Subscription[]>();
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #seconds: (step: string) => number;

  /**
   * @param absent whom it stands in for
   * @param seconds how long a step takes from its order
   */
  constructor(absent: readonly AbsentOwner[], bus: Bus, clock: Clock, seconds: (step: string) => number) {
    this.absent = absent;
    this.#bus = bus;
    this.#clock = clock;
    this.#seconds = seconds;
  }

  /** Those that are there already, or have a service of their own in this world, are left as they are. */
  async join(...names: readonly AbsentOwner[]): Promise<void> {
    for (const name of names) {
      if (this.#subscriptions.has(name) || !this.absent.includes(name)) continue;
      const { update, progress } = updateOwners[name].requests;
      this.#subscriptions.set(name, [
        await this.#bus.respond(update, async (order) => this.#take(order)),
        await this.#bus.respond(progress, async ({ step }) => this.#tell(step)),
      ]);
    }
  }

  async answerAlerts(): Promise<void> {
    await this.#bus.respond(alertsRequest, async () => ({ firing: [...this.alerts] }));
  }

  async leave(name: AbsentOwner): Promise<void> {
    const subscriptions = this.#subscriptions.get(name) ?? [];
    this.#subscriptions.delete(name);
    for (const subscription of subscriptions) await subscription.stop();
  }

  isDone(step: string): boolean {
    const at = this.#orders.get(step);
    return at !== undefined && this.#clock.now() - at >= this.#seconds(step) * 1000;
  }

  #take({ step }: UpdateOrder): UpdateAnswer {
    if (!this.#orders.has(step)) this.#orders.set(step, this.#clock.now());
    return this.#tell(step);
  }

  #tell(step: string): UpdateAnswer {
    const order = this.#orders.get(step);
    if (order === undefined) return { status: 'NotAsked', message: 'nobody has asked (stand-in)' };
    const failure = this.failing.get(step);
    if (failure !== undefined) return { status: 'Failed', message: failure };
    return this.isDone(step)
      ? { status: 'Completed', message: 'done (stand-in)' }
      : { status: 'InProgress', message: 'is at it (stand-in)' };
  }
}
