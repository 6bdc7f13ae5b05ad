import { createServer } from 'node:net';
import { type Clock, sleep } from '@keelson/std';
import type { RunningServer } from '../http/server.js';

/** Two looks at a port that another process has, milliseconds apart. */
const lookAgainMs = 50;

/** The servers of a service, and when it may begin to change things. */
export interface Serving {
  readonly http: RunningServer;
  readonly grpc: RunningServer;
  /** True when its ports are its own, false when it was ended before; rejects when they cannot be had for good. */
  readonly hasPorts: Promise<boolean>;
}

export interface Port {
  readonly number: number;
  /** @throws Error of the system when the port is taken */
  open(): Promise<RunningServer>;
}

export interface ServingOptions {
  readonly host: string;
  readonly http: Port;
  readonly grpc: Port;
  /** Health alone, on a port of its own, where the service is to stand by. */
  readonly standby?: () => Promise<RunningServer>;
  /** Whether it could serve: one that stands by and could not leaves the ports to the other. */
  readonly isReady: () => Promise<boolean>;
  readonly clock: Clock;
}

/**
 * Opens the ports of a service. One that stands by tells its health on a port of its own and waits until the others are free:
 * on one machine a port belongs to one process, is free the moment that process ends, however it ends, and so says which of
 * two processes of a service leads.
 */
export async function serve(options: ServingOptions): Promise<Serving> {
  const { http, grpc, standby } = options;
  if (standby !== undefined) return standBy(options, await standby());
  const opened = { http: await http.open(), grpc: await grpc.open() };
  return { ...opened, hasPorts: Promise.resolve(true) };
}

function standBy({ host, http, grpc, isReady, clock }: ServingOptions, health: RunningServer): Serving {
  const ending = new AbortController();
  const open = async (port: Port): Promise<RunningServer> => {
    while (!((await isReady()) && (await isFree(host, port.number)))) await sleep(clock, lookAgainMs, ending.signal);
    return port.open();
  };
  // One after the other: who has the first has given up, or never had, the second.
  const opening = open(http).then(async (server) => ({ http: server, grpc: await open(grpc) }));
  const close = async (which: 'http' | 'grpc'): Promise<void> => {
    ending.abort(new Error('the service is stopping'));
    const servers = await opening.catch(() => undefined);
    await servers?.[which].close();
  };
  return {
    http: {
      port: http.number,
      close: async () => {
        await health.close();
        await close('http');
      },
    },
    grpc: { port: grpc.number, close: () => close('grpc') },
    hasPorts: opening.then(
      () => true,
      (error: unknown) => {
        if (ending.signal.aborted) return false;
        throw error;
      },
    ),
  };
}

/** Whether nobody listens on a port now. 0 is any free one. */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
