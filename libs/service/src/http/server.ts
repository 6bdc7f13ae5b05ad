import 'reflect-metadata';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import type { Log } from '@keelson/std';
import { nestLogger } from '../log/nest-logger.js';
import type { Route } from '../routes/route.js';
import { nothingHere, routesHandler } from './routes-handler.js';

/** PEM texts. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Authority of the callers' certificates. */
  readonly clientCa: string;
}

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: ServerTls;
  readonly routes: readonly Route[];
  /** Handlers that need Nest itself. */
  readonly modules: readonly (Type | DynamicModule)[];
  readonly admits: (authorization: string | undefined) => boolean;
  readonly log: Log;
}

export interface RunningServer {
  readonly port: number;
  /** Takes no new work, lets what runs end, then closes. */
  close(): Promise<void>;
}

@Module({})
class ServiceModule {}

/**
 * The service's HTTPS server: routes as plain functions first, then Nest's modules. Callers may show a certificate; a route
 * of auth `token` wants one of the installation's authority, or the API token.
 *
 * @throws Error of the system when the port is taken
 */
export async function serveHttp(options: HttpServerOptions): Promise<RunningServer> {
  const { tls, log } = options;
  const app = await NestFactory.create<NestExpressApplication>(
    { module: ServiceModule, imports: [...options.modules] },
    new ExpressAdapter(),
    {
      logger: nestLogger(log),
      abortOnError: false,
      bodyParser: false,
      forceCloseConnections: true,
      httpsOptions: { cert: tls.cert, key: tls.key, ca: tls.clientCa, requestCert: true, rejectUnauthorized: false },
    },
  );
  app.disable('x-powered-by');
  app.use(routesHandler(options));
  if (options.modules.length === 0) app.use(nothingHere(log));
  const server = app.getHttpServer();
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;
  server.keepAliveTimeout = 65_000;
  await app.listen(options.port, options.host);
  const address: unknown = server.address();
  return { port: portOf(address) ?? options.port, close: () => app.close() };
}

function portOf(address: unknown): number | undefined {
  return typeof address === 'object' && address !== null && 'port' in address && typeof address.port === 'number'
    ? address.port
    : undefined;
}
