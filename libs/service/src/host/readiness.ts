import { type Clock, isFailure, messageOf } from '@keelson/std';

/** What a service needs from outside, each asked in its own way. Sentences of what is missing; undefined when it is there. */
export interface Needs {
  /** Why the service itself has not started yet. */
  started(): string | undefined;
  busConnected(): boolean;
  pingRecords(): Promise<void>;
  managerLacks(): string | undefined;
}

/** A database that answered is not asked again within this time, milliseconds: probes come often. */
const pingKeepsMs = 2_000;

/** Tells what is missing now. */
export function readiness(needs: Needs, clock: Clock): () => Promise<readonly string[]> {
  let answeredAt = Number.NEGATIVE_INFINITY;
  const records = async (): Promise<string | undefined> => {
    if (clock.elapsed() - answeredAt < pingKeepsMs) return undefined;
    try {
      await needs.pingRecords();
      answeredAt = clock.elapsed();
      return undefined;
    } catch (error) {
      return isFailure(error) ? error.message : `PostgreSQL: ${messageOf(error)}`;
    }
  };
  return async () => {
    const missing = [
      needs.started(),
      needs.busConnected() ? undefined : 'NATS is not connected',
      await records(),
      needs.managerLacks(),
    ];
    return missing.filter((what) => what !== undefined);
  };
}
