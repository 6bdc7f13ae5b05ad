import { describe, expect, it } from '@jest/globals';
import { integerBelow, pick, rfc3339, seededRandom } from '@keelson/std';
import { metaOf } from '../registry/metadata.js';
import { createObject, replaceObject } from '../registry/write.js';
import { ApiError } from '../status/status.js';
import type { Draft } from '../storage/stored.js';
import { type TestEngine, testEngine } from './engine.fixtures.js';

/** Rules and times of client-go's leader election (documented): others wait longer than a holder goes on without word. */
const leaseMs = 15_000;
const renewMs = 10_000;

const lease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace: 'default', name: 'leader' },
};

/** One process that wants to be the leader. */
class Candidate {
  readonly #engine: TestEngine;
  readonly #name: string;
  #seen: { readonly version: string; readonly at: number } | undefined;
  #renewedAt: number | undefined;
  /** Until then it does nothing at all, but what it believes. */
  frozenUntil = 0;
  conflicts = 0;

  constructor(engine: TestEngine, name: string) {
    this.#engine = engine;
    this.#name = name;
  }

  get believesToHold(): boolean {
    return this.#renewedAt !== undefined && this.#engine.clock.now() < this.#renewedAt + renewMs;
  }

  /** Takes the lease when it is free or silent for too long, and renews its own. */
  async tries(): Promise<void> {
    const now = this.#engine.clock.now();
    const found = this.#engine.get(lease);
    if (found === undefined)
      return this.#write(now, createObject(this.#engine.registry, this.#engine.call(lease), this.#body({}, now)));
    const version = found.metadata.resourceVersion;
    if (this.#seen?.version !== version) this.#seen = { version, at: now };
    const isMine = (found.spec as Draft).holderIdentity === this.#name;
    if (!isMine && now < this.#seen.at + leaseMs) return;
    const body = this.#body(found, now);
    return this.#write(now, replaceObject(this.#engine.registry, this.#engine.call(lease), 'leader', 'main', body));
  }

  #body(found: Draft, now: number): Draft {
    const renewTime = rfc3339(now).replace('Z', '.000000Z');
    return {
      ...lease,
      metadata: { ...lease.metadata, ...metaOf(found) },
      spec: { holderIdentity: this.#name, renewTime },
    };
  }

  async #write(now: number, writing: Promise<unknown>): Promise<void> {
    try {
      await writing;
      this.#renewedAt = now;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 409) throw error;
      this.conflicts += 1;
    }
  }
}

describe('an election over a Lease', () => {
  it.each([1, 2, 3])('of three processes that freeze and race never has two leaders (seed %d)', async (seed) => {
    const random = seededRandom(`election-${seed}`);
    const engine = await testEngine();
    const candidates = ['a', 'b', 'c'].map((name) => new Candidate(engine, name));
    const leaders = new Set<Candidate>();
    for (let step = 0; step < 200; step += 1) {
      const now = engine.clock.now();
      if (integerBelow(random, 12) === 0) pick(random, candidates).frozenUntil = now + integerBelow(random, 40_000);
      const awake = candidates.filter((one) => one.frozenUntil <= now);
      await Promise.all(awake.map((one) => one.tries()));
      const holding = candidates.filter((one) => one.believesToHold);
      expect(holding.length).toBeLessThanOrEqual(1);
      for (const one of holding) leaders.add(one);
      await engine.clock.advance(500 + integerBelow(random, 2500));
    }
    const conflicts = candidates.reduce((sum, one) => sum + one.conflicts, 0);
    expect({ changes: leaders.size > 1, races: conflicts > 0 }).toEqual({ changes: true, races: true });
    await engine.close();
  });
});
