import { isFailure, type Log, messageOf, systemClock } from '@keelson/std';
import type { ServiceDefinition } from '../definition.js';
import { pinoLog } from '../log/pino-log.js';
import type { Environment } from '../settings/settings.js';
import { startTracing, type Tracing } from '../trace/tracing.js';
import { type HostedService, hostService } from './host-service.js';

export interface RunOptions {
  /** Of the process: `process.env`. */
  readonly environment: Environment;
}

/** Longest shutdown, milliseconds; then the process ends as it is, with exit code 1. */
const stopWithinMs = 28_000;

/** Runs one service as this process, until SIGTERM or SIGINT. The whole of a service's `main.ts`. */
export async function runService<C>(definition: ServiceDefinition<C>, options: RunOptions): Promise<void> {
  await runServices(definition.name, [(environment) => hostService(definition, environment)], options);
}

/** How a service is started, its own settings' type forgotten: `(environment) => hostService(definition, environment)`. */
export type Hosting = (environment: Environment) => Promise<HostedService>;

/**
 * Runs services as this process, until SIGTERM or SIGINT. An error that nobody handled, or a service that cannot start, ends
 * the process loudly with exit code 1: what supervises it starts it afresh, and no half-dead service goes on unseen.
 */
export async function runServices(
  processName: string,
  hostings: readonly Hosting[],
  { environment }: RunOptions,
): Promise<void> {
  const log = pinoLog(processName, 'info');
  crashLoudly(log);
  const tracing = await startTracing(processName, environment);
  const started = await Promise.allSettled(hostings.map((hosting) => hosting(environment)));
  const services = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = stopOnce(services, tracing, log);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const failures = started.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) crash(log, 'a service cannot be started', failures[0]);
  await Promise.all(services.map((service) => service.ready)).catch((error: unknown) =>
    crash(log, 'a service cannot go on', error),
  );
}

function stopOnce(services: readonly HostedService[], tracing: Tracing, log: Log): () => void {
  let stopping = false;
  return () => {
    if (stopping) return;
    stopping = true;
    systemClock.schedule(stopWithinMs, () =>
      crash(log, 'the shutdown took too long', new Error(`more than ${stopWithinMs / 1000} s`)),
    );
    void Promise.all(services.map((service) => service.stop()))
      .then(() => tracing.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => crash(log, 'the shutdown failed', error),
      );
  };
}

function crashLoudly(log: Log): void {
  process.on('uncaughtException', (error) => crash(log, 'an error that nobody handled', error));
  process.on('unhandledRejection', (error) => crash(log, 'a rejection that nobody handled', error));
}

function crash(log: Log, what: string, error: unknown): never {
  log.error(what, {
    error: messageOf(error),
    ...(isFailure(error) || !(error instanceof Error) ? {} : { stack: error.stack }),
  });
  process.exit(1);
}
