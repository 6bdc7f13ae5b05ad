import { describe, expect, it } from '@jest/globals';
import { silentLog, VirtualClock } from '@keelson/std';
import fc from 'fast-check';
import type { LogEntry, LogState } from '../storage/log.js';
import { MemoryLog, memoryLog } from '../storage/memory-log.js';
import { Store } from '../storage/store.js';
import type { Stored } from '../storage/stored.js';
import { type HubEvent, type Subscription, WatchHub } from './hub.js';

const resource = 'things';
const everything: Subscription = { resource, after: undefined, bookmarks: false, sendInitialEvents: false };

async function aHub(): Promise<{ store: Store; hub: WatchHub; clock: VirtualClock }> {
  const clock = new VirtualClock();
  const store = await Store.open({ log: memoryLog(), clock, logger: silentLog });
  return { store, hub: new WatchHub(store, clock), clock };
}

function anObject(name: string, color: string): Stored {
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { namespace: 'n', name, uid: name, resourceVersion: '', creationTimestamp: '' },
    color,
  };
}

/** Writes or, without a color, deletes; planned as the registry does. */
function write(store: Store, name: string, color: string | undefined): Promise<unknown> {
  const previous = store.head(resource, 'n', name);
  if (color === undefined)
    return previous === undefined
      ? Promise.resolve()
      : store.write({ type: 'delete', resource, object: previous, previous });
  return store.write({ type: 'put', resource, object: anObject(name, color), previous });
}

/** What a client that follows a watch believes there is; fails on an event that cannot be. */
function follower(): { seen: Map<string, unknown>; event(event: HubEvent): void; end(): void; ended: number } {
  const seen = new Map<string, unknown>();
  let last = 0;
  const follow = {
    seen,
    ended: 0,
    event(event: HubEvent) {
      if (event.type === 'BOOKMARK' || event.type === 'ERROR') return;
      const { name, resourceVersion } = event.object.metadata;
      const isInitial = event.type === 'ADDED' && last === 0;
      if (!isInitial) {
        expect(Number(resourceVersion)).toBeGreaterThan(last);
        last = Number(resourceVersion);
      }
      expect([event.type, seen.has(name)]).toEqual([event.type, event.type !== 'ADDED']);
      if (event.type === 'DELETED') seen.delete(name);
      else seen.set(name, event.object.color);
    },
    end: () => void (follow.ended += 1),
  };
  return follow;
}

/** A log that stores one batch and then says that it does not know whether it has; it opens again when it is let. */
class DoubtfulLog extends MemoryLog {
  isDoubtful = false;
  reopen: () => void = () => undefined;

  override async open(): Promise<LogState> {
    if (this.isDoubtful) await new Promise<void>((resolve) => (this.reopen = resolve));
    return super.open();
  }

  override async append(entries: readonly LogEntry[]): Promise<void> {
    await super.append(entries);
    if (this.isDoubtful) throw new Error('the connection was lost (simulated)');
  }
}

describe('watches', () => {
  it('begin only when it is known again what was stored, and then miss nothing', async () => {
    const clock = new VirtualClock();
    const log = new DoubtfulLog({ keepsTail: true });
    const store = await Store.open({ log, clock, logger: silentLog });
    const hub = new WatchHub(store, clock);
    await write(store, 'a', 'red');
    const after = store.revision;
    const before = follower();
    hub.subscribe({ ...everything, after }, before);
    log.isDoubtful = true;
    await expect(write(store, 'b', 'green')).rejects.toThrow(/may or may not have been stored/);
    expect(before.ended).toBe(1);
    expect(() => hub.subscribe({ ...everything, after }, follower())).toThrow(
      /is being loaded again, please try again/,
    );
    log.reopen();
    await clock.advance(1);
    log.isDoubtful = false;
    const colors: unknown[] = [];
    const sink = {
      event: (event: HubEvent) => void (event.type === 'ADDED' && colors.push(event.object.color)),
      end: () => undefined,
    };
    hub.subscribe({ ...everything, after }, sink);
    await write(store, 'c', 'blue');
    expect(colors).toEqual(['green', 'blue']);
  });

  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    color: fc.option(fc.constantFrom('red', 'green'), { nil: undefined }),
    pause: fc.boolean(),
  });

  it('lead whoever follows to what is stored, all or a selection, from the beginning or from any revision', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat({ max: 30 }), async (steps, joinAt) => {
        const { store, hub } = await aHub();
        const isRed = (object: Stored): boolean => object.color === 'red';
        const [all, red, late] = [follower(), follower(), follower()];
        hub.subscribe(everything, all);
        hub.subscribe({ ...everything, matches: isRed }, red);
        const writes: Promise<unknown>[] = [];
        const join = async (): Promise<void> => {
          await Promise.all(writes);
          for (const object of store.view(resource).list()) late.seen.set(object.metadata.name, object.color);
          const from = store.revision;
          await write(store, 'x', 'green');
          hub.subscribe({ ...everything, after: from }, late);
        };
        for (const [i, { name, color, pause }] of steps.entries()) {
          if (i === joinAt) await join();
          writes.push(write(store, name, color));
          if (pause) await Promise.all(writes);
        }
        if (joinAt >= steps.length) await join();
        await Promise.all(writes);
        const stored = new Map(
          store
            .view(resource)
            .list()
            .map(({ metadata: { name }, color }) => [name, color]),
        );
        expect(all.seen).toEqual(stored);
        expect(red.seen).toEqual(new Map([...stored].filter(([, color]) => color === 'red')));
        expect(late.seen).toEqual(stored);
        await store.close();
      }),
      { numRuns: 80 },
    );
  });

  it('end after their time, with a last bookmark, and bring one every minute', async () => {
    const { store, hub, clock } = await aHub();
    await write(store, 'a', 'red');
    const versions: string[] = [];
    let ended = false;
    hub.subscribe(
      { ...everything, bookmarks: true, timeoutMs: 90_000 },
      {
        event: (event) => void (event.type === 'BOOKMARK' && versions.push(event.resourceVersion)),
        end: () => (ended = true),
      },
    );
    await clock.advance(61_000);
    await write(store, 'b', 'red');
    await clock.advance(30_000);
    expect({ versions, ended, open: hub.size }).toEqual({ versions: ['1', '2'], ended: true, open: 0 });
  });

  it('from before what is remembered are refused, unless the resource was quiet', async () => {
    const clock = new VirtualClock();
    const store = await Store.open({
      log: memoryLog(),
      clock,
      logger: silentLog,
      history: { keepMs: 1000, keepEntries: 2 },
    });
    const hub = new WatchHub(store, clock);
    await store.write({ type: 'put', resource: 'quiet', object: anObject('q', 'red'), previous: undefined });
    for (let i = 0; i < 5; i++) await write(store, `o${i}`, 'red');
    await clock.advance(5000);
    await write(store, 'last', 'red');
    expect(() => hub.subscribe({ ...everything, after: 1 }, follower())).toThrow('too old resource version: 1 (5)');
    hub.subscribe({ ...everything, resource: 'quiet', after: 1 }, follower());
    expect(hub.size).toBe(1);
  });
});
