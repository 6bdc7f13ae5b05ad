import {
  absentServices,
  catalogue,
  type ConsumerDefinition,
  consumers as declaredConsumers,
  type ServiceSubjects,
} from '@keelson/contracts';
import { deadLetterSubject } from '../delivery.js';
import { inboxPrefixOf } from '../nats/options.js';

/** What one service may do on the bus. */
export interface ServiceBusGrant {
  readonly service: string;
  /** Subjects of its news. */
  readonly publishes: readonly string[];
  /** The durable consumers it serves. */
  readonly consumes: readonly { readonly stream: string; readonly durable: string }[];
  /** Subjects it asks. */
  readonly requests: readonly string[];
  /** Subjects it answers. */
  readonly responds: readonly string[];
}

/** Subjects that a NATS user may use; nothing else. */
export interface SubjectPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** May answer whoever asks on a subject it subscribes to: once, within this time. */
  readonly answersWithinSeconds?: number;
}

/**
 * The grants of all services, from their declarations. Everyone may ask the questions of everyone: they change nothing,
 * and `why` follows a chain through several services. Orders change something: only those that declare them may give them.
 */
export function declaredGrants(
  subjects: readonly ServiceSubjects[] = catalogue,
  consumers: readonly ConsumerDefinition[] = declaredConsumers,
): ServiceBusGrant[] {
  const orders = new Set(subjects.flatMap(({ asks = [] }) => asks.map(({ subject }) => subject)));
  const questions = subjects
    .flatMap(({ requests }) => requests.map(({ subject }) => subject))
    .filter((subject) => !orders.has(subject));
  return subjects.map(({ service, news, requests, asks = [] }) => ({
    service,
    publishes: news.map(({ subject }) => subject),
    consumes: consumers
      .filter((consumer) => consumer.service === service)
      .map(({ stream, durable }) => ({ stream, durable })),
    requests: [...questions, ...asks.map(({ subject }) => subject)],
    responds: requests.map(({ subject }) => subject),
  }));
}

/** The permissions of a service: its own news, its own consumers and their acknowledgements, its own inbox. */
export function servicePermissions(grant: ServiceBusGrant): SubjectPermissions {
  return {
    publish: [
      '$JS.API.INFO',
      ...grant.publishes,
      ...grant.requests,
      ...[...new Set(grant.consumes.map(({ stream }) => stream))].map((stream) => `$JS.API.STREAM.INFO.${stream}`),
      ...grant.consumes.flatMap(({ stream, durable }) => [
        `$JS.API.CONSUMER.INFO.${stream}.${durable}`,
        `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
        `$JS.ACK.${stream}.${durable}.>`,
        deadLetterSubject(durable),
      ]),
    ],
    subscribe: [`${inboxPrefixOf(grant.service)}.>`, ...grant.responds],
    answersWithinSeconds: 120,
  };
}

/** What whoever stands in for the services that are not here yet may do: answer what they are asked. */
export function standInGrant(name: string): ServiceBusGrant {
  const requests = Object.values(absentServices).flatMap(({ requests }) => Object.values(requests));
  return {
    service: name,
    publishes: [],
    consumes: [],
    requests: [],
    responds: requests.map(({ subject }) => subject),
  };
}

/** Name of the user that makes streams and consumers. */
export const provisionerName = 'provisioner';

/** The permissions of the provisioning step: the JetStream API and nothing of the services. */
export function provisionerPermissions(): SubjectPermissions {
  return { publish: ['$JS.API.>'], subscribe: [`${inboxPrefixOf(provisionerName)}.>`] };
}
