import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ConsumerDefinition,
  deadLetterStream,
  defineNews,
  defineRequest,
  type StreamDefinition,
} from '@keelson/contracts';
import {
  conflict,
  createAuthority,
  Failure,
  issueCertificate,
  silentLog,
  sleep,
  systemClock,
  systemRandom,
  terminal,
  transient,
} from '@keelson/std';
import { lackOfNats, startNats, type ThrowawayNats } from '@keelson/testing/nats';
import { nkeys } from '@nats-io/transport-node';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { DeadLetter } from './delivery.js';
import {
  ensureStreams,
  listDeadLetters,
  type MemoryBus,
  memoryBus,
  natsBus,
  natsServerConfig,
  provisionerPermissions,
  servicePermissions,
} from './index.js';
import type { NatsAddress } from './nats/options.js';
import type { Bus } from './port.js';

const schema = z.object({ name: z.string(), size: z.number() });
const made = defineNews({ subject: 'test.thing.made', description: 'A thing is made.', schema });
const broken = defineNews({ subject: 'test.thing.broken', description: 'A thing is broken.', schema });
const lost = defineNews({ subject: 'test.thing.lost', description: 'Of no stream.', schema });
const strict = defineNews({ ...made, schema: z.object({ name: z.string(), size: z.number().max(10) }) });
const double = defineRequest({
  subject: 'test.thing.double',
  description: 'Twice.',
  query: z.object({ n: z.number() }),
  answer: z.object({ n: z.number().max(100) }),
});
const silent = defineRequest({ ...double, subject: 'test.thing.silent' });

const streams: StreamDefinition[] = [
  {
    name: 'TEST',
    subjects: [made.subject, broken.subject],
    maxAgeSeconds: 3600,
    maxBytes: 1_048_576,
    duplicateWindowSeconds: 60,
  },
  deadLetterStream,
];
const consumer = (durable: string): ConsumerDefinition => ({
  durable,
  service: 'tester',
  stream: 'TEST',
  news: made,
  ackWaitSeconds: 1,
  maxDeliver: 3,
  maxAckPending: 16,
});
/** A consumer of its own for each case: what one leaves behind does not reach the next. */
const names = ['hear', 'repeat', 'retry', 'giveup', 'bad', 'bound', 'stop', 'slow', 'back', 'share', 'drain'] as const;
const consumers = names.map(consumer);

interface Harness {
  readonly bus: Bus;
  /** A second connection of the same service. */
  readonly other: Bus;
  deadLetters(): Promise<readonly DeadLetter[]>;
  interrupt(): Promise<void>;
  restore(): Promise<void>;
  close(): Promise<void>;
}

const redelivery = { firstSeconds: 0.05, maxSeconds: 0.1, factor: 2 };
const grant = {
  service: 'tester',
  publishes: [made.subject, broken.subject],
  consumes: consumers.map(({ stream, durable }) => ({ stream, durable })),
  requests: [double.subject, silent.subject],
  responds: [double.subject, silent.subject],
};

function memoryHarness(): Promise<Harness> {
  const bus: MemoryBus = memoryBus({
    clock: systemClock,
    random: systemRandom,
    streams,
    consumers,
    redelivery,
    concurrency: 4,
  });
  return Promise.resolve({
    bus,
    other: bus,
    deadLetters: async () => bus.deadLetters(),
    interrupt: async () => bus.setConnected(false),
    restore: async () => bus.setConnected(true),
    close: () => bus.close(),
  });
}

interface NatsHarness extends Harness {
  readonly server: ThrowawayNats;
  readonly address: (user: string) => NatsAddress;
}

async function natsHarness(): Promise<NatsHarness> {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-bus-'));
  const notBefore = systemClock.now() - 3_600_000;
  const authority = createAuthority({ commonName: 'test CA', notBefore, days: 2 });
  const certificate = issueCertificate(authority, {
    commonName: 'nats',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    notBefore,
    days: 2,
  });
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  writeFileSync(certFile, certificate.certPem);
  writeFileSync(keyFile, certificate.keyPem, { mode: 0o600 });
  const server = await startNats({
    config: (where) =>
      natsServerConfig({
        ...where,
        tls: { certFile, keyFile },
        users: [
          { user: 'tester', password: 'tester-secret', permissions: servicePermissions(grant) },
          {
            user: 'stranger',
            password: 'stranger-secret',
            permissions: servicePermissions({
              service: 'stranger',
              publishes: [],
              consumes: [],
              requests: [],
              responds: [],
            }),
          },
          { user: 'provisioner', password: 'provisioner-secret', permissions: provisionerPermissions() },
        ],
      }),
  });
  const address = (user: string): NatsAddress => ({
    servers: server.server,
    credentials: { user, password: `${user}-secret` },
    tls: { ca: authority.certPem },
  });
  await ensureStreams(address('provisioner'), { streams, consumers });
  const open = (): Promise<Bus> =>
    natsBus({
      ...address('tester'),
      service: 'tester',
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      consumers,
      redelivery,
      concurrency: 4,
    });
  const [bus, other] = [await open(), await open()];
  return {
    bus,
    other,
    server,
    address,
    deadLetters: () => listDeadLetters(address('provisioner')),
    interrupt: () => server.halt('SIGKILL'),
    restore: () => server.start(),
    close: async () => {
      await Promise.all([bus.close(), other.close()]);
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function until(what: string, check: () => boolean | Promise<boolean>, timeoutMs = 8_000): Promise<void> {
  for (const end = systemClock.now() + timeoutMs; systemClock.now() < end; await sleep(systemClock, 10))
    if (await check()) return;
  throw new Error(`waited in vain until ${what}`);
}

let count = 0;
const nextId = (): string => `id-${++count}`;

const failureOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'it worked',
    (error: unknown) => (error instanceof Failure ? { sort: error.sort, reason: error.reason } : error),
  );

function busContract(name: string, lack: string | undefined, make: () => Promise<Harness>): void {
  (lack === undefined ? describe : describe.skip)(`the bus: ${name}`, () => {
    let harness: Harness;
    beforeAll(async () => {
      harness = await make();
    });
    afterAll(async () => {
      await harness.close();
    });

    it('gives news to its consumer, those from before it listened too', async () => {
      const heard: unknown[] = [];
      await harness.bus.publish(made, { name: 'early', size: 1 }, { id: 'hear-1' });
      const subscription = await harness.bus.consume(
        made,
        'hear',
        async (payload, meta) => void heard.push([payload, meta]),
      );
      await harness.bus.publish(made, { name: 'late', size: 2 }, { id: 'hear-2' });
      await until('both are heard', () => heard.length === 2);
      await subscription.stop();
      expect(heard).toEqual([
        [
          { name: 'early', size: 1 },
          { id: 'hear-1', subject: made.subject, deliveries: 1 },
        ],
        [
          { name: 'late', size: 2 },
          { id: 'hear-2', subject: made.subject, deliveries: 1 },
        ],
      ]);
    });

    it('stores an id once', async () => {
      const heard: string[] = [];
      const subscription = await harness.bus.consume(made, 'repeat', async (_payload, { id }) => void heard.push(id));
      const [id, last] = [nextId(), nextId()];
      for (const each of [id, id, last]) await harness.bus.publish(made, { name: 'x', size: 1 }, { id: each });
      await until('the last is heard', () => heard.includes(last));
      await subscription.stop();
      expect(heard.filter((each) => each === id)).toEqual([id]);
    });

    it('brings a message again when its handler fails', async () => {
      const id = nextId();
      const deliveries: number[] = [];
      const subscription = await harness.bus.consume(made, 'retry', async (_payload, meta) => {
        if (meta.id !== id) return;
        deliveries.push(meta.deliveries);
        if (meta.deliveries < 3) throw transient('not yet');
      });
      await harness.bus.publish(made, { name: 'x', size: 1 }, { id });
      await until('it is handled', () => deliveries.length === 3);
      await subscription.stop();
      expect(deliveries).toEqual([1, 2, 3]);
      expect((await harness.deadLetters()).filter((letter) => letter.id === id)).toEqual([]);
    });

    it('puts a message that fails for good into the dead letters', async () => {
      const id = nextId();
      const subscription = await harness.bus.consume(made, 'giveup', async (_payload, meta) => {
        if (meta.id === id) throw terminal('there is no such rack', { reason: 'RackUnknown' });
      });
      await harness.bus.publish(made, { name: 'x', size: 1 }, { id });
      await until('it is given up', async () => (await harness.deadLetters()).some((letter) => letter.id === id));
      await subscription.stop();
      expect((await harness.deadLetters()).filter((letter) => letter.id === id)).toEqual([
        {
          id,
          durable: 'giveup',
          subject: made.subject,
          reason: 'RackUnknown',
          message: 'there is no such rack',
          deliveries: 3,
          payload: '{"name":"x","size":1}',
        },
      ]);
    });

    it('puts a payload that does not fit into the dead letters at once', async () => {
      const id = nextId();
      const subscription = await harness.bus.consume(strict, 'bad', async () => undefined);
      await harness.bus.publish(made, { name: 'x', size: 11 }, { id });
      await until('it is given up', async () => (await harness.deadLetters()).some((letter) => letter.id === id));
      await subscription.stop();
      expect((await harness.deadLetters()).filter((letter) => letter.id === id)).toMatchObject([
        { durable: 'bad', reason: 'BadPayload', deliveries: 1, message: expect.stringContaining('size') },
      ]);
    });

    it('refuses to publish what does not fit, or to whom nobody listens', async () => {
      expect(await failureOf(harness.bus.publish(strict, { name: 'x', size: 99 }, { id: nextId() }))).toEqual({
        sort: 'terminal',
        reason: 'BadPayload',
      });
      expect(await failureOf(harness.bus.consume(broken, 'hear', async () => undefined))).toEqual({
        sort: 'terminal',
        reason: 'UnknownConsumer',
      });
      expect(await failureOf(harness.bus.consume(made, 'nobody', async () => undefined))).toEqual({
        sort: 'terminal',
        reason: 'UnknownConsumer',
      });
    });

    it('runs no more handlers at once than allowed', async () => {
      let [running, most, done] = [0, 0, 0];
      const ids = new Set(Array.from({ length: 12 }, nextId));
      const subscription = await harness.bus.consume(made, 'bound', async (_payload, { id }) => {
        most = Math.max(most, ++running);
        await sleep(systemClock, 20);
        running -= 1;
        if (ids.has(id)) done += 1;
      });
      for (const id of ids) await harness.bus.publish(made, { name: 'x', size: 1 }, { id });
      await until('all are handled', () => done === 12);
      await subscription.stop();
      expect(most).toBe(4);
    });

    it('keeps a message in hand while its handler is slower than the wait for an acknowledgement', async () => {
      const id = nextId();
      const deliveries: number[] = [];
      let finished = false;
      const handler = async (_payload: unknown, meta: { id: string; deliveries: number }): Promise<void> => {
        if (meta.id !== id) return;
        deliveries.push(meta.deliveries);
        await sleep(systemClock, 2_500);
        finished = true;
      };
      const subscriptions = [
        await harness.bus.consume(made, 'slow', handler),
        await harness.other.consume(made, 'slow', handler),
      ];
      await harness.bus.publish(made, { name: 'x', size: 1 }, { id });
      await until('it is handled', () => finished);
      await Promise.all(subscriptions.map((subscription) => subscription.stop()));
      expect(deliveries).toEqual([1]);
    });

    it('lets a handler at work end before stop resolves, and hears nothing after', async () => {
      const heard: string[] = [];
      const [id, after] = [nextId(), nextId()];
      let begun = false;
      const subscription = await harness.bus.consume(made, 'stop', async (_payload, meta) => {
        begun = begun || meta.id === id;
        await sleep(systemClock, 50);
        heard.push(meta.id);
      });
      await harness.bus.publish(made, { name: 'x', size: 1 }, { id });
      await until('it is begun', () => begun);
      await subscription.stop();
      await harness.bus.publish(made, { name: 'x', size: 1 }, { id: after });
      await sleep(systemClock, 100);
      expect([heard.includes(id), heard.includes(after)]).toEqual([true, false]);
    });

    it('answers requests', async () => {
      const subscription = await harness.other.respond(double, async ({ n }) => ({ n: 2 * n }));
      expect(await harness.bus.request(double, { n: 21 }, { timeoutMs: 2_000 })).toEqual({ n: 42 });
      await subscription.stop();
      expect(await failureOf(harness.bus.request(double, { n: 21 }, { timeoutMs: 2_000 }))).toEqual({
        sort: 'transient',
        reason: 'NoResponder',
      });
    });

    it('shares requests between responders', async () => {
      const answered: string[] = [];
      const subscriptions = [
        await harness.bus.respond(double, async ({ n }) => (answered.push('one'), { n })),
        await harness.other.respond(double, async ({ n }) => (answered.push('other'), { n })),
      ];
      await Promise.all(Array.from({ length: 40 }, (_, n) => harness.bus.request(double, { n }, { timeoutMs: 2_000 })));
      await Promise.all(subscriptions.map((subscription) => subscription.stop()));
      expect([answered.length, new Set(answered)]).toEqual([40, new Set(['one', 'other'])]);
    });

    it('carries failures with their sort, reason and sentence', async () => {
      const thrown: unknown[] = [
        conflict('it is taken', { reason: 'Taken' }),
        transient('later', { retryAfterSeconds: 7 }),
        new TypeError('a fault of ours'),
      ];
      const subscription = await harness.bus.respond(double, async () => {
        throw thrown.shift();
      });
      const ask = async (): Promise<unknown> =>
        harness.bus
          .request(double, { n: 1 }, { timeoutMs: 2_000 })
          .catch((error: Failure) => [error.sort, error.reason, error.message, error.retryAfterSeconds]);
      expect([await ask(), await ask(), await ask()]).toEqual([
        ['conflict', 'Taken', 'it is taken', undefined],
        ['transient', 'TemporaryFailure', 'later', 7],
        ['transient', 'InternalError', 'a fault of ours', undefined],
      ]);
      await subscription.stop();
    });

    it('checks questions and answers', async () => {
      const subscription = await harness.bus.respond(double, async ({ n }) => ({ n: 2 * n }));
      expect(await failureOf(harness.bus.request(double, { n: Number.NaN }, { timeoutMs: 2_000 }))).toEqual({
        sort: 'terminal',
        reason: 'BadPayload',
      });
      expect(await failureOf(harness.bus.request(double, { n: 51 }, { timeoutMs: 2_000 }))).toEqual({
        sort: 'terminal',
        reason: 'BadPayload',
      });
      await subscription.stop();
    });

    it('waits for an answer no longer than told', async () => {
      const subscription = await harness.bus.respond(silent, () => sleep(systemClock, 400).then(() => ({ n: 1 })));
      expect(await failureOf(harness.bus.request(silent, { n: 1 }, { timeoutMs: 100 }))).toEqual({
        sort: 'transient',
        reason: 'Timeout',
      });
      await subscription.stop();
    });

    it('fails as transient while cut off, and goes on by itself', async () => {
      const heard: string[] = [];
      const subscription = await harness.bus.consume(made, 'back', async (_payload, { id }) => void heard.push(id));
      const responder = await harness.bus.respond(double, async ({ n }) => ({ n }));
      await harness.interrupt();
      await until('the loss is noticed', () => !harness.bus.connected());
      expect(await failureOf(harness.bus.publish(made, { name: 'x', size: 1 }, { id: nextId() }))).toEqual({
        sort: 'transient',
        reason: 'NotConnected',
      });
      expect(await failureOf(harness.bus.request(double, { n: 1 }, { timeoutMs: 500 }))).toEqual({
        sort: 'transient',
        reason: 'NotConnected',
      });
      await harness.restore();
      await until('it is connected again', () => harness.bus.connected() && harness.other.connected(), 20_000);
      const id = nextId();
      await harness.bus.publish(made, { name: 'x', size: 1 }, { id });
      await until('the news is heard', () => heard.includes(id), 40_000);
      expect(await harness.other.request(double, { n: 5 }, { timeoutMs: 2_000 })).toEqual({ n: 5 });
      await Promise.all([subscription.stop(), responder.stop()]);
    });
  });
}

busContract('memory', undefined, memoryHarness);
busContract('NATS', lackOfNats(), natsHarness);

(lackOfNats() === undefined ? describe : describe.skip)('NATS beyond the contract', () => {
  let harness: NatsHarness;
  beforeAll(async () => {
    harness = await natsHarness();
  });
  afterAll(async () => {
    await harness.close();
  });

  it('provisions what is missing or differs, and else nothing', async () => {
    expect(await ensureStreams(harness.address('provisioner'), { streams, consumers })).toEqual([]);
    const [first, ...rest] = consumers;
    const changed = [
      { ...(first as ConsumerDefinition), maxAckPending: 5 },
      { ...consumer('newcomer'), news: broken },
      ...rest,
    ];
    expect(await ensureStreams(harness.address('provisioner'), { streams, consumers: changed })).toEqual([
      'consumer hear changed',
      'consumer newcomer made',
    ]);
    expect(
      await ensureStreams(harness.address('provisioner'), {
        streams,
        consumers: [{ ...consumer('newcomer'), news: made }],
      }),
    ).toEqual(['consumer newcomer made anew']);
  });

  it('lets nobody speak or ask outside their grant', async () => {
    const stranger = await natsBus({
      ...harness.address('stranger'),
      service: 'stranger',
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      consumers,
    });
    const responder = await harness.bus.respond(double, async ({ n }) => ({ n }));
    expect(await failureOf(stranger.publish(made, { name: 'x', size: 1 }, { id: nextId() }))).toEqual({
      sort: 'terminal',
      reason: 'Forbidden',
    });
    expect(await failureOf(stranger.request(double, { n: 1 }, { timeoutMs: 1_000 }))).toEqual({
      sort: 'terminal',
      reason: 'Forbidden',
    });
    expect(await failureOf(harness.bus.publish(lost, { name: 'x', size: 1 }, { id: nextId() }))).toEqual({
      sort: 'terminal',
      reason: 'Forbidden',
    });
    await Promise.all([responder.stop(), stranger.close()]);
  });

  it('starts without a server, and works once there is one', async () => {
    await harness.interrupt();
    const heard: string[] = [];
    const early = await natsBus({
      ...harness.address('tester'),
      service: 'tester',
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      consumers,
    });
    const subscription = await early.consume(made, 'drain', async (_payload, { id }) => void heard.push(id));
    expect(early.connected()).toBe(false);
    await harness.restore();
    await until('it is connected', () => early.connected(), 20_000);
    const id = nextId();
    await early.publish(made, { name: 'x', size: 1 }, { id });
    await until('the news is heard', () => heard.includes(id), 20_000);
    await subscription.stop();
    await early.close();
    expect(early.connected()).toBe(false);
  });

  it('knows a user by nkey, of which the server has the public half only', async () => {
    const pair = nkeys.createUser();
    const server = await startNats({
      config: (where) =>
        natsServerConfig({ ...where, users: [{ nkey: pair.getPublicKey(), permissions: provisionerPermissions() }] }),
    });
    const address = (nkeySeed: string): NatsAddress => ({ servers: server.server, credentials: { nkeySeed } });
    const made = await ensureStreams(address(new TextDecoder().decode(pair.getSeed())), { streams, consumers: [] });
    const refused = await failureOf(
      ensureStreams(address(new TextDecoder().decode(nkeys.createUser().getSeed())), { streams, consumers: [] }),
    );
    await server.stop();
    expect([made, refused]).toEqual([
      ['stream TEST made', 'stream DEADLETTER made'],
      { sort: 'transient', reason: 'Unauthorized' },
    ]);
  });

  it('trusts no server of another authority', async () => {
    const other = createAuthority({ commonName: 'other CA', notBefore: systemClock.now() - 3_600_000, days: 2 });
    const said: string[] = [];
    const log = {
      ...silentLog,
      warn: (_message: string, fields?: Readonly<Record<string, unknown>>) => void said.push(String(fields?.['error'])),
    };
    const bus = await natsBus({
      ...harness.address('tester'),
      tls: { ca: other.certPem },
      service: 'tester',
      clock: systemClock,
      random: systemRandom,
      log,
      consumers,
    });
    expect([bus.connected(), said[0]]).toEqual([false, expect.stringContaining('certificate')]);
    await bus.close();
  });
});
