import {
  type ConsumerDefinition,
  consumers as declaredConsumers,
  deadLetterStream,
  type StreamDefinition,
  streams as declaredStreams,
} from '@keelson/contracts';
import { equalJson } from '@keelson/std';
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  ReplayPolicy,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { connect, nanos, type NatsConnection } from '@nats-io/transport-node';
import type { DeadLetter } from '../delivery.js';
import { deadLetterHeader } from '../nats/durable.js';
import { sortNatsError } from '../nats/errors.js';
import { connectionOptions, inboxPrefixOf, type NatsAddress } from '../nats/options.js';
import { provisionerName } from './grants.js';

export interface StreamDefinitions {
  readonly streams?: readonly StreamDefinition[];
  readonly consumers?: readonly ConsumerDefinition[];
  /** Copies of each stream in a cluster of servers; 1 unless given. */
  readonly replicas?: number;
}

/** What a provisioning changed, as `stream X made`; empty when all was there. */
export type Changes = readonly string[];

/**
 * Makes the streams and durable consumers that are declared, and changes those that differ. Deletes nothing but a consumer
 * whose filter or start changed, which the server cannot change in place; it is made anew and hears old news again.
 *
 * @throws Failure transient when the server cannot be reached, terminal when it refuses
 */
export async function ensureStreams(address: NatsAddress, definitions: StreamDefinitions = {}): Promise<Changes> {
  const { streams = declaredStreams, consumers = declaredConsumers, replicas = 1 } = definitions;
  return asProvisioner(address, 'provisioning streams', async (connection) => {
    const manager = await jetstreamManager(connection, { timeout: 10_000 });
    const changes: string[] = [];
    for (const definition of streams) changes.push(...(await ensureStream(manager, definition, replicas)));
    for (const definition of consumers) changes.push(...(await ensureConsumer(manager, definition)));
    return changes;
  });
}

/** The newest dead letters, oldest of them first. */
export async function listDeadLetters(address: NatsAddress, limit = 100): Promise<DeadLetter[]> {
  return asProvisioner(address, 'reading dead letters', async (connection) => {
    const manager = await jetstreamManager(connection, { timeout: 10_000 });
    const { state } = await manager.streams.info(deadLetterStream.name);
    const letters: DeadLetter[] = [];
    for (let seq = Math.max(state.first_seq, state.last_seq - limit + 1); seq > 0 && seq <= state.last_seq; seq++) {
      const letter = await readDeadLetter(manager, seq);
      if (letter !== undefined) letters.push(letter);
    }
    return letters;
  });
}

async function asProvisioner<A>(
  address: NatsAddress,
  doing: string,
  work: (connection: NatsConnection) => Promise<A>,
): Promise<A> {
  let connection: NatsConnection | undefined;
  try {
    connection = await connect({
      ...connectionOptions(address, provisionerName, inboxPrefixOf(provisionerName)),
      reconnect: false,
    });
    return await work(connection);
  } catch (error) {
    throw sortNatsError(error, doing);
  } finally {
    await connection?.close();
  }
}

async function ensureStream(
  manager: JetStreamManager,
  definition: StreamDefinition,
  replicas: number,
): Promise<string[]> {
  const wanted = {
    subjects: [...definition.subjects],
    max_age: nanos(definition.maxAgeSeconds * 1000),
    max_bytes: definition.maxBytes,
    duplicate_window: nanos(definition.duplicateWindowSeconds * 1000),
    num_replicas: replicas,
  };
  const info = await unlessAbsent(manager.streams.info(definition.name));
  if (info === undefined) {
    await manager.streams.add({
      name: definition.name,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      ...wanted,
    });
    return [`stream ${definition.name} made`];
  }
  const stored: Readonly<Record<string, unknown>> = { ...info.config };
  if (Object.entries(wanted).every(([key, value]) => equalJson(value, stored[key]))) return [];
  await manager.streams.update(definition.name, wanted);
  return [`stream ${definition.name} changed`];
}

async function ensureConsumer(manager: JetStreamManager, definition: ConsumerDefinition): Promise<string[]> {
  const wanted = consumerConfig(definition);
  const info = await unlessAbsent(manager.consumers.info(definition.stream, definition.durable));
  if (info !== undefined) {
    if (isAsWanted(info.config, wanted, Object.keys(wanted))) return [];
    if (isAsWanted(info.config, wanted, ['filter_subject', 'ack_policy', 'deliver_policy'])) {
      const { ack_wait, max_deliver, max_ack_pending } = wanted;
      await manager.consumers.update(definition.stream, definition.durable, { ack_wait, max_deliver, max_ack_pending });
      return [`consumer ${definition.durable} changed`];
    }
    await manager.consumers.delete(definition.stream, definition.durable);
  }
  await manager.consumers.add(definition.stream, wanted);
  return [`consumer ${definition.durable} made${info === undefined ? '' : ' anew'}`];
}

/**
 * The server itself gives a message up never: past a `max_deliver` of its own it would drop it without a word. The client
 * counts the deliveries and puts the message into the dead letters.
 */
function consumerConfig(definition: ConsumerDefinition): ConsumerConfig {
  return {
    durable_name: definition.durable,
    name: definition.durable,
    filter_subject: definition.news.subject,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    ack_wait: nanos(definition.ackWaitSeconds * 1000),
    max_deliver: -1,
    max_ack_pending: definition.maxAckPending,
  };
}

function isAsWanted(config: ConsumerConfig, wanted: ConsumerConfig, keys: readonly string[]): boolean {
  const is: Readonly<Record<string, unknown>> = { ...config };
  const shall: Readonly<Record<string, unknown>> = { ...wanted };
  return keys.every((key) => equalJson(is[key], shall[key]));
}

async function readDeadLetter(manager: JetStreamManager, seq: number): Promise<DeadLetter | undefined> {
  const stored = await unlessAbsent(manager.streams.getMessage(deadLetterStream.name, { seq }));
  if (stored === undefined || stored === null) return undefined;
  const text = (name: string): string => stored.header.get(name);
  return {
    id: text(deadLetterHeader.id),
    durable: stored.subject.slice('deadletter.'.length),
    subject: text(deadLetterHeader.subject),
    reason: text(deadLetterHeader.reason),
    message: text(deadLetterHeader.message),
    deliveries: Number(text(deadLetterHeader.deliveries)),
    payload: stored.string(),
  };
}

const absentCodes: readonly number[] = [
  JetStreamApiCodes.ConsumerNotFound,
  JetStreamApiCodes.StreamNotFound,
  JetStreamApiCodes.NoMessageFound,
];

async function unlessAbsent<A>(asked: Promise<A>): Promise<A | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof JetStreamApiError && absentCodes.includes(error.code)) return undefined;
    throw error;
  }
}
