import type { ConsumerDefinition } from '@keelson/contracts';
import type { BackoffPolicy, Clock, Log, Random } from '@keelson/std';
import type { ConnectionOptions } from '@nats-io/transport-node';
import { nkeyAuthenticator } from '@nats-io/transport-node';
import type { TraceContext } from '../trace.js';

/** Who a client is to the server. */
export type BusCredentials =
  | { readonly user: string; readonly password: string }
  /** Seed of a user nkey, `SU…`: the server knows only the public key. */
  | { readonly nkeySeed: string };

/** How to reach NATS. */
export interface NatsAddress {
  /** `host:port`, `nats://host:port` or `tls://host:port`. */
  readonly servers: string | readonly string[];
  readonly credentials?: BusCredentials;
  readonly tls?: {
    /** PEM of the authority that the server's certificate must come from. */
    readonly ca: string;
    /** PEM of the client's own, where the server asks for one. */
    readonly cert?: string;
    readonly key?: string;
  };
}

export interface NatsBusOptions extends NatsAddress {
  /** Name of the service: its connection's name and the queue group of its responders. */
  readonly service: string;
  /** Subject prefix of answers to us; `_INBOX.<service>` unless given. Permissions rest on it. */
  readonly inboxPrefix?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The durable consumers there are; those of the contracts unless given. */
  readonly consumers?: readonly ConsumerDefinition[];
  readonly trace?: TraceContext;
  readonly redelivery?: BackoffPolicy;
  /** Handlers of one subscription at work at once. */
  readonly concurrency?: number;
}

/** The inbox prefix of a service, to which alone it may subscribe for answers. */
export function inboxPrefixOf(service: string): string {
  return `_INBOX.${service}`;
}

/** Connection options common to services and provisioning. */
export function connectionOptions(address: NatsAddress, name: string, inboxPrefix: string): ConnectionOptions {
  const { credentials, tls } = address;
  return {
    servers: typeof address.servers === 'string' ? address.servers : [...address.servers],
    name,
    inboxPrefix,
    timeout: 5_000,
    pingInterval: 15_000,
    maxPingOut: 2,
    noAsyncTraces: true,
    ...(tls === undefined
      ? {}
      : {
          tls: {
            ca: tls.ca,
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
          },
        }),
    ...(credentials === undefined ? {} : authentication(credentials)),
  };
}

function authentication(credentials: BusCredentials): ConnectionOptions {
  if ('nkeySeed' in credentials)
    return { authenticator: nkeyAuthenticator(new TextEncoder().encode(credentials.nkeySeed)) };
  return { user: credentials.user, pass: credentials.password };
}
