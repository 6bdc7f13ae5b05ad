import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { seededRandom, silentLog, VirtualClock } from '@keelson/std';
import { load } from 'js-yaml';
import {
  createObject,
  deleteObject,
  type Engine,
  listObjects,
  memoryLog,
  openEngine,
  patchObject,
  systemMasters,
  watchObjects,
  type WatchEvent,
} from '../index.js';
import { callFor } from './calls.js';

const folder = new URL('../../../../deploy/crds/', import.meta.url);
const definitions = readdirSync(folder).map((file) => load(readFileSync(new URL(file, folder), 'utf8')));

async function engineWith(more: Partial<Parameters<typeof openEngine>[0]> = {}): Promise<Engine> {
  return openEngine({
    log: memoryLog(),
    profile: 'management',
    clock: new VirtualClock(),
    random: seededRandom('engine'),
    logger: silentLog,
    ...more,
  });
}

const host = {
  apiVersion: 'metal3.io/v1alpha1',
  kind: 'BareMetalHost',
  metadata: { name: 'h1' },
  spec: { online: true },
};

describe('the engine', () => {
  it('serves the definitions of the platform from the start', async () => {
    const engine = await engineWith({ definitions });
    const kinds = engine.registry.kinds.all().filter((kind) => kind.custom);
    expect(new Set(kinds.map((kind) => kind.storage.resource)).size).toBe(definitions.length);
    await engine.close();
  });

  it('creates, applies, lists, watches and deletes custom objects', async () => {
    const engine = await engineWith({ definitions });
    const { registry } = engine;
    const kind = registry.kinds.byKind('metal3.io/v1alpha1', 'BareMetalHost');
    if (kind === undefined) throw new Error('not served');
    const call = callFor(kind, 'default', systemMasters);
    const events: string[] = [];
    watchObjects(registry, call, {
      event: (event: WatchEvent) => events.push(event.type),
      end: () => events.push('end'),
    });
    await createObject(registry, call, host);
    const applied = {
      ...host,
      spec: undefined,
      status: { errorMessage: '', operationalStatus: 'OK', poweredOn: false, provisioning: { ID: '', state: 'ready' } },
    };
    const { object } = await patchObject(
      registry,
      { ...call, query: { fieldManager: 'm' } },
      'h1',
      'status',
      'apply',
      applied,
    );
    expect(object.status).toMatchObject({ provisioning: { state: 'ready' } });
    expect((await listObjects(registry, call)).items).toEqual([object]);
    await deleteObject(registry, call, 'h1', {});
    await engine.close();
    expect(events).toEqual(['ADDED', 'MODIFIED', 'DELETED', 'end']);
  });
});
