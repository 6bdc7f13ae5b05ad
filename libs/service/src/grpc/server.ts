import {
  type handleUnaryCall,
  type Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type Clock, type FailureSort, isFailure, type Log, messageOf, type Timer } from '@keelson/std';
import type { Lacks } from '../http/health.js';
import type { RunningServer, ServerTls } from '../http/server.js';
import type { Operations } from '../operations.js';
import { healthDefinition, operationsDefinition } from './definition.js';
import { operationsMethods } from './operations-server.js';

export interface GrpcServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: ServerTls;
  readonly operations: Operations;
  readonly lacks: Lacks;
  readonly admits: (authorization: string | undefined) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Longest wait for calls at work when the server closes, milliseconds. */
const closeWithinMs = 5_000;
const watchEveryMs = 5_000;

/**
 * `keelson.v1.Operations` over TLS for callers with a certificate of the installation's authority or its API token, and
 * `grpc.health.v1.Health` for anyone.
 *
 * @throws Error of the system when the port is taken
 */
export async function serveGrpc(options: GrpcServerOptions): Promise<RunningServer> {
  const server = new Server({ 'grpc.max_receive_message_length': 1024 * 1024, 'grpc.keepalive_time_ms': 30_000 });
  const { History, Plan, Why } = operationsMethods(options.operations);
  server.addService(operationsDefinition(), {
    History: guarded(History, options),
    Plan: guarded(Plan, options),
    Why: guarded(Why, options),
  });
  server.addService(healthDefinition(), healthMethods(options));
  const port = await bind(server, `${options.host}:${options.port}`, new OptionalCertificates(options.tls));
  return { port, close: () => close(server, options.clock) };
}

/** TLS in which a caller may show a certificate: grpc-js itself knows only never and always. */
class OptionalCertificates extends ServerCredentials {
  constructor({ cert, key, clientCa }: ServerTls) {
    super({ requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' }, { cert, key, ca: clientCa });
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

function guarded<Q, A>(method: (request: Q) => Promise<A>, { admits, log }: GrpcServerOptions): handleUnaryCall<Q, A> {
  return (call, callback) => {
    if (!isAdmitted(call, admits))
      return callback({
        code: status.UNAUTHENTICATED,
        details: 'show a client certificate of this installation, or its API token',
      });
    method(call.request).then(
      (answer) => callback(null, answer),
      (error: unknown) => {
        if (!isFailure(error)) log.error('a gRPC call failed', { method: call.getPath(), error: messageOf(error) });
        callback({ code: codeOf(error), details: messageOf(error) });
      },
    );
  };
}

/** grpc-js gives a peer certificate only when it was verified. */
function isAdmitted(call: ServerUnaryCall<unknown, unknown>, admits: GrpcServerOptions['admits']): boolean {
  return call.getAuthContext().sslPeerCertificate !== undefined || admits(authorizationOf(call.metadata));
}

function authorizationOf(metadata: Metadata): string | undefined {
  return metadata.get('authorization').map(String)[0];
}

const codes: Readonly<Record<FailureSort, status>> = {
  notFound: status.NOT_FOUND,
  conflict: status.ABORTED,
  transient: status.UNAVAILABLE,
  terminal: status.INVALID_ARGUMENT,
};

function codeOf(error: unknown): status {
  return isFailure(error) ? codes[error.sort] : status.INTERNAL;
}

interface HealthAnswer {
  readonly status: 'SERVING' | 'NOT_SERVING';
}

function healthMethods({ lacks, clock }: GrpcServerOptions): UntypedServiceImplementation {
  const answer = async (): Promise<HealthAnswer> => ({
    status: (await lacks()).length === 0 ? 'SERVING' : 'NOT_SERVING',
  });
  return {
    Check: (_call: ServerUnaryCall<unknown, HealthAnswer>, callback: sendUnaryData<HealthAnswer>) => {
      answer().then(
        (health) => callback(null, health),
        (error: unknown) => callback({ code: status.INTERNAL, details: messageOf(error) }),
      );
    },
    Watch: (call: ServerWritableStream<unknown, HealthAnswer>) => watchHealth(call, answer, clock),
  };
}

/** Writes the state now and whenever it changed, looked at every few seconds. */
function watchHealth(
  call: ServerWritableStream<unknown, HealthAnswer>,
  answer: () => Promise<HealthAnswer>,
  clock: Clock,
): void {
  let last: HealthAnswer['status'] | undefined;
  let timer: Timer | undefined;
  const look = async (): Promise<void> => {
    const health = await answer().catch((): HealthAnswer => ({ status: 'NOT_SERVING' }));
    if (call.cancelled) return;
    if (health.status !== last) call.write(health);
    last = health.status;
    timer = clock.schedule(watchEveryMs, () => void look());
  };
  call.on('cancelled', () => timer?.cancel());
  void look();
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
  });
}

function close(server: Server, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.schedule(closeWithinMs, () => server.forceShutdown());
    server.tryShutdown(() => {
      timer.cancel();
      resolve();
    });
  });
}
