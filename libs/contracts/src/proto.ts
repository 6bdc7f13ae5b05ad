import { fileURLToPath } from 'node:url';

/** Path of the proto file of `keelson.v1.Operations`, for proto-loader. */
export const operationsProto = fileURLToPath(new URL('../proto/keelson/v1/service.proto', import.meta.url));

/** Options of proto-loader under which the types below are true: camel case, nothing absent but messages. */
export const protoLoaderOptions = {
  keepCase: false,
  longs: Number,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: true,
} as const;

/** Full name of the service. */
export const operationsService = 'keelson.v1.Operations';

export interface GrpcObjectReference {
  kind: string;
  namespace: string;
  name: string;
}

/** What each rpc takes and gives, as proto-loader hands it over. An absent message is null. */
export interface GrpcOperations {
  History: {
    request: { object: GrpcObjectReference | null; limit: number };
    response: { transitions: GrpcTransition[] };
  };
  Plan: { request: { object: GrpcObjectReference | null }; response: GrpcPlan };
  Why: { request: { object: GrpcObjectReference | null }; response: { chain: GrpcWhyLink[] } };
}

export interface GrpcTransition {
  id: string;
  object: GrpcObjectReference | null;
  uid: string;
  from: string;
  to: string;
  at: string;
  why: string;
}

export interface GrpcPlan {
  lines: string[];
  steps: { type: string; text: string }[];
  outcome: { type: string; on: GrpcObjectReference | null; reason: string; message: string } | null;
}

export interface GrpcWhyLink {
  object: GrpcObjectReference | null;
  state: string;
  since: string;
  deadline: string;
  reason: string;
  message: string;
  abort: string;
  unblocks: string;
  heartbeat: { sign: string; everySeconds: number; lastSeen: string } | null;
  lookedAt: string;
  outlook: string;
}
