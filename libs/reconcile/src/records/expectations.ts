/**
 * Why states are about to change, kept until the change is seen. Bounded: what is pushed out only loses its wording, and
 * the meaning of the state is told instead.
 */
export class Expectations {
  readonly #whys = new Map<string, { state: string; why: string }>();
  readonly #most: number;

  constructor(most = 10_000) {
    this.#most = most;
  }

  /** The object `uid` is about to enter `state`. */
  expect(uid: string, state: string, why: string | undefined): void {
    this.#whys.delete(uid);
    if (why === undefined) return;
    this.#whys.set(uid, { state, why });
    const oldest = this.#whys.keys().next().value;
    if (this.#whys.size > this.#most && oldest !== undefined) this.#whys.delete(oldest);
  }

  /** Why the object entered `state`, if it was said beforehand. */
  take(uid: string, state: string): string | undefined {
    const expected = this.#whys.get(uid);
    if (expected?.state !== state) return undefined;
    this.#whys.delete(uid);
    return expected.why;
  }
}
