import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '@keelson/std';
import { aLab, provision } from '../lab.fixtures.js';
import { fileStore } from './file-store.js';
import type { SnapshotStore } from './snapshot.js';

/** Keeps text, as a disk does: what is changed later in memory does not change it. */
function memoryStore(): SnapshotStore & { documents: Map<string, string> } {
  const documents = new Map<string, string>();
  return {
    documents,
    load: async () => Object.fromEntries([...documents].map(([name, text]) => [name, JSON.parse(text)])),
    save: async (name, document) => void documents.set(name, JSON.stringify(document)),
    remove: async (name) => void documents.delete(name),
  };
}

const minutes = (count: number): number => count * 60_000;

describe('the state of the lab after its process was killed', () => {
  it.each([1, 2.5, 4, 6, 8, 9, 12])('ends as it would have without, killed after %d minutes', async (after) => {
    const store = memoryStore();
    const clock = new VirtualClock();
    const first = await aLab({ clock, store });
    await provision(first, 'srv-01');
    first.lab.faults.inject({ kind: 'bmcSlow', servers: ['srv-02'], from: clock.now() });
    await clock.advance(minutes(after));
    // The disk as it is now; what the dying process still does is not seen.
    const disk = memoryStore();
    for (const [name, text] of store.documents) disk.documents.set(name, text);
    await first.lab.stop();

    const second = await aLab({ clock, store: disk });
    await clock.advance(minutes(20));
    expect(second.lab.servers.get('srv-01')?.state).toMatchObject({
      stage: 'os',
      disk: { system: { instanceId: 'install-1' } },
    });
    expect(second.lab.ledger.entries().map(({ action, key }) => [action, key])).toEqual([['wipe', 'install-1']]);
    expect(second.lab.faults.list()).toMatchObject([{ kind: 'bmcSlow', servers: ['srv-02'] }]);
    expect(second.lab.servers.get('srv-03')?.state.stage).toBe('off');
  });

  it('has it on disk before it says that it is installed', async () => {
    const store = memoryStore();
    const world = await aLab({ store });
    await provision(world, 'srv-01');
    for (let i = 0; i < 20_000 && world.reports.at(-1)?.phase !== 'installed'; i += 1) await world.clock.advance(50);
    expect(JSON.parse(store.documents.get('server/srv-01') ?? '{}')).toMatchObject({
      stage: 'installed',
      disk: { system: { instanceId: 'install-1' } },
    });
  });

  it('refuses a folder of another version by name', async () => {
    const store = memoryStore();
    store.documents.set('server/srv-01', JSON.stringify({ id: 'srv-01', stage: 'levitating' }));
    await expect(aLab({ store })).rejects.toThrow('unknown stage');
  });
});

describe('the folder of the lab', () => {
  let folder = '';
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'keelson-lab-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps documents in files that only the owner reads', async () => {
    const store = fileStore(folder);
    await store.save('server/srv-01', { a: 1 });
    await store.save('server/srv-01', { a: 2 });
    await store.save('cluster/127.0.0.1:6443', { b: 1 });
    await store.remove('cluster/127.0.0.1:6443');
    expect(await fileStore(folder).load()).toEqual({ 'server/srv-01': { a: 2 } });
    expect(await readdir(folder)).toEqual(['server%2Fsrv-01.json']);
    expect((await stat(join(folder, 'server%2Fsrv-01.json'))).mode & 0o077).toBe(0);
  });
});
