import { type ObjectKey, keyText } from '@keelson/api';
import type { Bus } from '@keelson/bus';
import { type HypervisorsAnswer, openstackRequests } from '@keelson/contracts';
import { type Clock, messageOf } from '@keelson/std';

/** What the nodes of a cluster have room for, or why that is not known. */
export type Rooms =
  | { readonly hosts: ReadonlyMap<string, HypervisorsAnswer['hosts'][number]> }
  /** A sentence for operators. Without it, room for instances holds nothing up. */
  | { readonly lacks: string };

/** Asks openstack-svc; rejects when it does not answer. */
export type AskRoom = (cluster: ObjectKey) => Promise<HypervisorsAnswer>;

/** Over the bus, with an answer within five seconds. */
export function askRoomOver(bus: Pick<Bus, 'request'>): AskRoom {
  return ({ namespace = '', name }) =>
    bus.request(openstackRequests.hypervisor.list, { namespace, cluster: name }, { timeoutMs: 5_000 });
}

/** While machines are let go one after the other an answer holds so long. Milliseconds. */
const freshMs = 30_000;

/** The last answers about room for instances, by cluster. Asked only while a cluster is updated. */
export class LatestRooms {
  readonly #known = new Map<string, { readonly at: number; readonly rooms: Rooms }>();

  constructor(
    private readonly ask: AskRoom,
    private readonly clock: Clock,
  ) {}

  async of(cluster: ObjectKey): Promise<Rooms> {
    const known = this.#known.get(keyText(cluster));
    if (known !== undefined && this.clock.elapsed() - known.at < freshMs) return known.rooms;
    const rooms = await this.#asked(cluster);
    this.#known.set(keyText(cluster), { at: this.clock.elapsed(), rooms });
    return rooms;
  }

  async #asked(cluster: ObjectKey): Promise<Rooms> {
    try {
      const { hosts } = await this.ask(cluster);
      return { hosts: new Map(hosts.map((host) => [host.node, host])) };
    } catch (error) {
      return {
        lacks: `room for instances does not limit how many machines go at once: openstack-svc does not tell of it (${messageOf(error)})`,
      };
    }
  }
}
