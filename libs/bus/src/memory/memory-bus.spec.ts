import { describe, expect, it } from '@jest/globals';
import { type ConsumerDefinition, defineNews, defineRequest, type StreamDefinition } from '@keelson/contracts';
import { isFailure, seededRandom, VirtualClock } from '@keelson/std';
import { z } from 'zod';
import type { MessageMeta } from '../port.js';
import { type BusFaults, noBusFaults } from './faults.js';
import { type MemoryBus, memoryBus } from './memory-bus.js';

const news = defineNews({
  subject: 'test.thing.made',
  description: 'A thing is made.',
  schema: z.object({ n: z.number() }),
});
const question = defineRequest({
  subject: 'test.thing.ask',
  description: 'A question.',
  query: z.object({}),
  answer: z.object({}),
});
const streams: StreamDefinition[] = [
  { name: 'TEST', subjects: [news.subject], maxAgeSeconds: 3600, maxBytes: 1_000_000, duplicateWindowSeconds: 60 },
];
const consumers: ConsumerDefinition[] = [
  { durable: 'd', service: 'tester', stream: 'TEST', news, ackWaitSeconds: 30, maxDeliver: 8, maxAckPending: 64 },
];

function world(faults: Partial<BusFaults> = {}, seed = 'a'): { bus: MemoryBus; clock: VirtualClock } {
  const clock = new VirtualClock();
  return {
    clock,
    bus: memoryBus({
      clock,
      random: seededRandom(seed),
      faults: () => ({ ...noBusFaults, ...faults }),
      streams,
      consumers,
    }),
  };
}

/** Publishes ten messages and gives what was heard within ten minutes, in order. */
async function tenThrough(faults: Partial<BusFaults>, seed = 'a'): Promise<number[]> {
  const { bus, clock } = world(faults, seed);
  const heard: number[] = [];
  await bus.consume(news, 'd', async ({ n }) => void heard.push(n));
  for (let n = 0; n < 10; n++) await bus.publish(news, { n }, { id: `${n}` }).catch(() => undefined);
  await clock.advance(600_000);
  return heard;
}

describe('the bus in memory', () => {
  it('needs no time where nothing goes wrong', async () => {
    const { bus, clock } = world();
    const heard: number[] = [];
    await bus.consume(news, 'd', async ({ n }) => void heard.push(n));
    await bus.publish(news, { n: 1 }, { id: '1' });
    await clock.advance(0);
    expect(heard).toEqual([1]);
  });

  it('loses deliveries and makes up for it', async () => {
    expect(new Set(await tenThrough({ lostDelivery: 0.4 }))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });

  it('doubles messages', async () => {
    expect(await tenThrough({ doubled: 1 })).toHaveLength(20);
  });

  it('changes their order by delays', async () => {
    const heard = await tenThrough({ delayed: 1, maxDelayMs: 10_000 });
    expect([heard.length, heard.every((n, i) => n === i)]).toEqual([10, false]);
  });

  it('loses messages for good', async () => {
    expect(await tenThrough({ lostForGood: 1 })).toEqual([]);
  });

  it('fails to publish what may nevertheless have been stored', async () => {
    const heard = await tenThrough({ failedPublish: 1 });
    expect([heard.length > 0, heard.length < 10]).toEqual([true, true]);
  });

  it('repeats itself from a seed', async () => {
    const faults = { lostDelivery: 0.3, doubled: 0.3, delayed: 0.3, maxDelayMs: 5_000, lostForGood: 0.1 };
    expect(await tenThrough(faults, 'seed')).toEqual(await tenThrough(faults, 'seed'));
    expect(await tenThrough(faults, 'seed')).not.toEqual(await tenThrough(faults, 'other'));
  });

  it('loses requests as a timeout', async () => {
    const { bus, clock } = world({ lostRequest: 1 });
    await bus.respond(question, async () => ({}));
    const asked = bus
      .request(question, {}, { timeoutMs: 5_000 })
      .catch((error: unknown) => (isFailure(error) ? error.reason : error));
    await clock.advance(5_000);
    expect(await asked).toBe('Timeout');
  });

  it('gives the messages of a killed process to the next one', async () => {
    const { bus, clock } = world();
    const killed = await bus.consume(news, 'd', () => new Promise<void>(() => undefined));
    await bus.publish(news, { n: 1 }, { id: '1' });
    await clock.advance(0);
    void killed.stop();
    const heard: MessageMeta[] = [];
    await bus.consume(news, 'd', async (_payload, meta) => void heard.push(meta));
    await clock.advance(29_000);
    expect(heard).toEqual([]);
    await clock.advance(2_000);
    expect(heard).toEqual([{ id: '1', subject: news.subject, deliveries: 2 }]);
  });

  it('buries a message that took down every process that had it', async () => {
    const { bus, clock } = world();
    await bus.publish(news, { n: 1 }, { id: '1' });
    for (let life = 0; life < 9; life++) {
      const killed = await bus.consume(news, 'd', () => new Promise<void>(() => undefined));
      await clock.advance(1_000);
      void killed.stop();
      await clock.advance(31_000);
    }
    expect(bus.deadLetters()).toMatchObject([{ id: '1', reason: 'Abandoned', deliveries: 9 }]);
  });

  it('stores an id again after the window of duplicates', async () => {
    const { bus, clock } = world();
    const heard: number[] = [];
    await bus.consume(news, 'd', async ({ n }) => void heard.push(n));
    for (const n of [1, 2]) await bus.publish(news, { n }, { id: 'same' });
    await clock.advance(61_000);
    await bus.publish(news, { n: 3 }, { id: 'same' });
    await clock.advance(0);
    expect(heard).toEqual([1, 3]);
  });
});
