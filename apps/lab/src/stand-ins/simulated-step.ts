import type { UpdateAnswer, UpdateOrder, UpdateQuery } from '@keelson/contracts';
import type { StandInSurroundings } from './stand-ins.js';

/** How long a step takes, in seconds of the simulated world. */
const stepSeconds = 300;

interface Order {
  readonly target: string;
  /** When it is over, by the clock. */
  readonly until: number;
  readonly hold: string | undefined;
}

/**
 * A step of an update that only takes time: nothing is updated, and every answer says so. Orders are forgotten with the
 * process; whoever gave one is told and gives it again.
 */
export class SimulatedStep {
  readonly #service: string;
  readonly #world: StandInSurroundings;
  readonly #orders = new Map<string, Order>();

  constructor(service: string, world: StandInSurroundings) {
    this.#service = service;
    this.#world = world;
  }

  take(order: UpdateOrder): UpdateAnswer {
    const { clock, pace } = this.#world;
    const known = this.#orderFor(order);
    this.#orders.set(idOf(order), {
      target: order.target,
      until: known?.until ?? clock.now() + pace.ms(stepSeconds),
      hold: order.hold,
    });
    return this.tell(order);
  }

  tell(query: UpdateQuery): UpdateAnswer {
    const order = this.#orderFor(query);
    if (order === undefined) return { status: 'NotAsked', message: this.#say('nobody has asked for it yet') };
    if (this.#world.faults.holds('updateStepFails', idOf(query)))
      return { status: 'Failed', message: this.#say('it fails, by the fault updateStepFails of the lab') };
    const hold = order.hold === undefined ? {} : { hold: order.hold };
    if (order.until <= this.#world.clock.now() && order.hold === undefined)
      return { status: 'Completed', message: this.#say('done; nothing was updated') };
    const message = order.hold === undefined ? 'under way; nothing is updated' : `held: ${order.hold}`;
    return { status: 'InProgress', message: this.#say(message), ...hold };
  }

  #orderFor(query: UpdateQuery): Order | undefined {
    const order = this.#orders.get(idOf(query));
    return order?.target === query.target ? order : undefined;
  }

  #say(what: string): string {
    return `simulated by the lab, as ${this.#service} is not here yet: ${what}`;
  }
}

function idOf({ namespace, cluster, step }: UpdateQuery): string {
  return `${namespace}/${cluster}/${step}`;
}
