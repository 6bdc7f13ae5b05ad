import type { Bus } from '@keelson/bus';
import { type Log, messageOf } from '@keelson/std';
import type { Records } from '@keelson/store';
import type { RunningServer } from '../http/server.js';

/** What is ended, in this order. */
export interface Stoppable {
  readonly start: { stop(): Promise<void> };
  readonly http: RunningServer;
  readonly grpc: RunningServer;
  readonly bus: Pick<Bus, 'close'>;
  readonly records: Pick<Records, 'close'>;
  readonly log: Log;
}

/** Ends a service. A part that fails to end is told and does not keep the others. */
export async function stopInOrder({ start, http, grpc, bus, records, log }: Stoppable): Promise<void> {
  const parts: readonly (readonly [string, () => Promise<void>])[] = [
    ['reconcilers and the service', () => start.stop()],
    ['HTTP', () => http.close()],
    ['gRPC', () => grpc.close()],
    ['NATS', () => bus.close()],
    ['PostgreSQL', () => records.close()],
  ];
  for (const [name, end] of parts) {
    await end().catch((error: unknown) => log.error(`${name} did not end well`, { error: messageOf(error) }));
  }
  log.info('stopped');
}
