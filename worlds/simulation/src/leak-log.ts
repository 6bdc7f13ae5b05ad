import type { Log } from '@keelson/std';

/** A log that keeps nothing but what must not be in it. */
export class LeakLog implements Log {
  readonly leaks: string[] = [];
  readonly #canaries: readonly string[];

  constructor(canaries: readonly string[]) {
    this.#canaries = canaries;
  }

  debug(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#look(message, fields);
  }

  info(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#look(message, fields);
  }

  warn(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#look(message, fields);
  }

  error(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#look(message, fields);
  }

  #look(message: string, fields: Readonly<Record<string, unknown>> | undefined): void {
    const text = fields === undefined ? message : `${message} ${JSON.stringify(fields)}`;
    if (this.leaks.length < 10 && this.#canaries.some((canary) => text.includes(canary)))
      this.leaks.push(`a line of the log holds a secret: ${message.slice(0, 60)}`);
  }
}
