import type { Clock } from '@keelson/std';

/** Lets one waiter sleep until something changed; a ring that comes before the wait is not lost. */
export class Bell {
  #rung = false;
  #waiter: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#waiter?.();
  }

  async wait(): Promise<void> {
    if (!this.#rung) await new Promise<void>((resolve) => (this.#waiter = resolve));
    this.#waiter = undefined;
    this.#rung = false;
  }

  async waitAtMost(clock: Clock, ms: number): Promise<void> {
    const timer = clock.schedule(ms, () => this.ring());
    await this.wait();
    timer.cancel();
  }
}
