import { type Clock, type Random, uuid } from '@keelson/std';

export interface Session {
  readonly id: string;
  readonly token: string;
  readonly username: string;
  lastUsed: number;
}

/** Sessions of the Redfish service. They end after half an hour without use; the oldest goes when there are too many. */
export class Sessions {
  readonly #byToken = new Map<string, Session>();
  readonly #clock: Clock;
  readonly #random: Random;
  #counter = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  open(username: string): Session {
    this.#dropStale();
    const oldest = this.#byToken.keys().next();
    if (this.#byToken.size >= mostSessions && oldest.done !== true) this.#byToken.delete(oldest.value);
    const token = `${uuid(this.#random)}${uuid(this.#random)}`.replaceAll('-', '');
    const session = { id: String((this.#counter += 1)), token, username, lastUsed: this.#clock.now() };
    this.#byToken.set(token, session);
    return session;
  }

  /** The session of a token, which counts as used now. */
  use(token: string): Session | undefined {
    const session = this.#byToken.get(token);
    if (session === undefined) return undefined;
    if (this.#clock.now() - session.lastUsed > timeoutSeconds * 1000) {
      this.#byToken.delete(token);
      return undefined;
    }
    session.lastUsed = this.#clock.now();
    return session;
  }

  byId(id: string): Session | undefined {
    return this.list().find((session) => session.id === id);
  }

  list(): readonly Session[] {
    this.#dropStale();
    return [...this.#byToken.values()];
  }

  close(session: Session): void {
    this.#byToken.delete(session.token);
  }

  #dropStale(): void {
    const oldest = this.#clock.now() - timeoutSeconds * 1000;
    for (const session of this.#byToken.values()) if (session.lastUsed < oldest) this.#byToken.delete(session.token);
  }
}

export const timeoutSeconds = 1800;
const mostSessions = 64;
