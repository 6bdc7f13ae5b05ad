import type { Clock, Http } from '@keelson/std';
import type { Records } from '@keelson/store';
import { transient } from '@keelson/std';
import type { Life } from './gate.js';

/** The clock of a mortal process: its timers do nothing once it is dead. */
export function mortalClock(inner: Clock, life: Life): Clock {
  return {
    now: () => inner.now(),
    elapsed: () => inner.elapsed(),
    schedule: (ms, run) =>
      inner.schedule(ms, () => {
        if (!life.isOver) run();
      }),
  };
}

/** The record store of a mortal process: closing its connection leaves the store to its next life. */
export function mortalRecords(inner: Records, life: Life): Records {
  return {
    append: (entries) => life.live(() => inner.append(entries)),
    history: (query) => life.live(() => inner.history(query)),
    lastStates: (kind) => life.live(() => inner.lastStates(kind)),
    drainOutbox: (limit, publish) => life.live(() => inner.drainOutbox(limit, publish)),
    close: () => Promise.resolve(),
  };
}

/** Outgoing HTTP of a mortal process. */
export function mortalHttp(inner: Http, life: Life): Http {
  return (request) => life.live(() => inner(request));
}

/** HTTP into a service that may be dead at the moment: then nobody listens on its port. */
export function listeningHttp(
  current: () => { readonly http: Http; readonly life: Life } | undefined,
  name: string,
): Http {
  return (request) => {
    const now = current();
    if (now === undefined || now.life.isOver)
      return Promise.reject(transient(`${name}: connection refused (simulated)`, { reason: 'Unreachable' }));
    return now.life.live(() => now.http(request));
  };
}
