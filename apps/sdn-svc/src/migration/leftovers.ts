import { isFailure } from '@keelson/std';
import type { StandingLeftover } from './migration.plan.js';
import type { Leftover, NetworkApi, NetworkApiOf } from './networks.js';

/** What could not be removed is tried again after so long. */
const tryAgainMs = 30_000;

/** What neutron would not remove, as long as this process knows: others are removed meanwhile, and somebody is told. */
export class LeftoverMemory {
  readonly networkApiOf: NetworkApiOf;
  #latest: NetworkApi | undefined;
  readonly #refused = new Map<string, { readonly why: string; readonly until: number }>();

  constructor(networkApiOf: NetworkApiOf) {
    this.networkApiOf = (credential) => (this.#latest = networkApiOf(credential));
  }

  standing(leftovers: readonly Leftover[], now: number): readonly StandingLeftover[] {
    return leftovers.map((leftover) => {
      const refused = this.#refused.get(leftover.id);
      return { ...leftover, refusal: refused !== undefined && now < refused.until ? refused.why : undefined };
    });
  }

  async remove(leftover: Leftover, now: number): Promise<void> {
    try {
      await this.#latest?.remove(leftover);
      this.#refused.delete(leftover.id);
    } catch (error) {
      if (!isFailure(error)) throw error;
      this.#refused.set(leftover.id, { why: error.message, until: now + tryAgainMs });
    }
  }
}
