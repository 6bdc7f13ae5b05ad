import { baremetalNews } from './baremetal.js';
import { catalogue, subjectRoot } from './catalogue.js';
import { openstackNews } from './openstack.js';
import type { News } from './subject.js';

/** A JetStream stream. Made by the provisioning step with its own user, never by a service. */
export interface StreamDefinition {
  readonly name: string;
  /**
   * The subjects of its news one by one, never `<service>.>`: a stream that also caught requests would store them, and
   * its acknowledgement would reach the asker in place of the answer.
   */
  readonly subjects: readonly string[];
  readonly maxAgeSeconds: number;
  readonly maxBytes: number;
  /** Repeats of an id within this time are stored once. */
  readonly duplicateWindowSeconds: number;
}

/** A durable pull consumer. One filter subject each: nats-server 2.9 takes no list. */
export interface ConsumerDefinition {
  readonly durable: string;
  readonly service: string;
  readonly stream: string;
  readonly news: News<unknown>;
  readonly ackWaitSeconds: number;
  readonly maxDeliver: number;
  readonly maxAckPending: number;
}

const day = 86_400;
const mebibyte = 1024 * 1024;

/** Where messages go that a consumer gave up: `deadletter.<durable>`. */
export const deadLetterStream: StreamDefinition = {
  name: 'DEADLETTER',
  subjects: ['deadletter.*'],
  maxAgeSeconds: 30 * day,
  maxBytes: 64 * mebibyte,
  duplicateWindowSeconds: 120,
};

/** One stream a service, and that of dead letters. */
export const streams: readonly StreamDefinition[] = [
  ...catalogue.map(({ service, news }) => ({
    name: streamOf(service),
    subjects: news.map(({ subject }) => subject),
    maxAgeSeconds: 7 * day,
    maxBytes: 256 * mebibyte,
    duplicateWindowSeconds: 120,
  })),
  deadLetterStream,
];

/** News by which a service wakes early; it would find its way from the resources alone. */
export const consumers: readonly ConsumerDefinition[] = [
  consumer('lifecycle-svc', 'host-available', 'baremetal-svc', baremetalNews.host.available),
  consumer('lifecycle-svc', 'host-provisioned', 'baremetal-svc', baremetalNews.host.provisioned),
  consumer('release-svc', 'cloud-applied', 'openstack-svc', openstackNews.deployment.applied),
  consumer('release-svc', 'cloud-failed', 'openstack-svc', openstackNews.deployment.failed),
];

/** The durable consumer through which a service hears a piece of news, if it has one. */
export function consumerOf(service: string, { subject }: News<unknown>): ConsumerDefinition | undefined {
  return consumers.find((known) => known.service === service && known.news.subject === subject);
}

/** The stream of a service's news: `BAREMETAL` of `baremetal-svc`. */
export function streamOf(service: string): string {
  return subjectRoot(service).toUpperCase();
}

function consumer(service: string, suffix: string, from: string, news: News<unknown>): ConsumerDefinition {
  return {
    durable: `${subjectRoot(service)}-${suffix}`,
    service,
    stream: streamOf(from),
    news,
    ackWaitSeconds: 30,
    maxDeliver: 8,
    maxAckPending: 64,
  };
}
