import type { HttpResponse, Log } from '@keelson/std';
import type { Engine } from '../engine/engine.js';
import type { Query } from '../registry/options.js';
import type { Stored } from '../storage/stored.js';
import type { Discovery } from '../discovery/discovery.js';
import type { OpenApi } from '../openapi/open-api.js';
import type { OpenWatches } from './answers/watch-stream.js';

/** The text of a pod's log; undefined when there is none. */
export type PodLog = (pod: Stored, query: Query) => string | undefined;

/** A request to a Service of the cluster, through the API server (`services/proxy`). */
export interface ProxiedRequest {
  readonly namespace: string;
  /** How the Service is to be spoken to; HTTP where the client did not say. */
  readonly scheme?: 'http' | 'https';
  readonly service: string;
  /** Number or name; undefined when the Service has only one. */
  readonly port: string | undefined;
  readonly method: string;
  /** With the query; begins with a slash. */
  readonly path: string;
  /** Names in lower case; credentials for the API server are not among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Who answers behind Services. */
export type ServiceProxy = (request: ProxiedRequest) => Promise<HttpResponse>;

/** What every request is answered from. */
export interface ServerContext {
  readonly engine: Engine;
  readonly log: Log;
  /** `v1.33.0+embedded`: kubectl reads it as a semantic version. */
  readonly gitVersion: string;
  /** `iss` of the tokens of service accounts. */
  readonly issuer: string;
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
  readonly watches: OpenWatches;
  /** Media types that clients asked for or sent in vain: a client has habits that this server does not know. */
  readonly refused: { mediaTypes: number };
  readonly podLog: PodLog | undefined;
  readonly serviceProxy: ServiceProxy | undefined;
  now(): number;
}
