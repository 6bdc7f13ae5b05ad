import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Http, silentLog, systemClock } from '@keelson/std';
import type { Bundles } from '../launch/bundles.js';
import { launch } from '../launch/launch.js';
import { realBundles, realUpdater } from './real-bundles.js';

const script = (text: string): Uint8Array => new TextEncoder().encode(`#!${process.execPath}\n${text}\n`);
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** Tells its launcher that it works and lives on; ends with its launcher. */
const good = script("process.send({ type: 'works' }); process.on('disconnect', () => process.exit(0));");
let folder = '';
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'keelson-bundles-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const http: Http = async () => ({ status: 200, headers: {}, body: good });
const updater = (send: (word: unknown) => void = () => undefined) =>
  realUpdater({ http, folder, refused: undefined, send });
const wanted = (sha256: string) => ({ version: '2', downloadURL: 'http://files.test/lcm-agent', sha256 });

describe('bundles on a real host', () => {
  it('are fetched whole, known by their digest, and refused with another one', async () => {
    await updater().fetch(wanted(digest(good)), new AbortController().signal);
    expect(await readFile(join(folder, 'bundles', digest(good), 'lcm-agent'))).toEqual(Buffer.from(good));
    await expect(updater().fetch(wanted('00'), new AbortController().signal)).rejects.toThrow('has the digest');
    expect(await readdir(join(folder, 'bundles'))).toEqual([digest(good)]);
  });

  it('take the place of the installed agent once they have reported; what is remembered survives the launcher', async () => {
    const life = new AbortController();
    const sha256 = digest(good);
    await updater().fetch(wanted(sha256), life.signal);
    // The installed agent asks at once to be followed.
    const asks = `process.send({ type: 'handOver', bundle: { version: '2', sha256: '${sha256}' } }); setInterval(() => 0, 1000)`;
    const host = realBundles({
      folder,
      installed: { version: '1', file: process.execPath, args: ['-e', asks] },
      environment: {},
      clock: systemClock,
    });
    const confirmed = new Promise<Bundles>((resolve) => {
      void launch({
        ...host,
        async write(bundles) {
          await host.write(bundles);
          if (bundles.candidate === undefined) resolve(bundles);
        },
        clock: systemClock,
        log: silentLog,
        signal: life.signal,
      });
    });
    const expected = { current: { version: '2', sha256 }, previous: { version: '1' } };
    expect([await confirmed, await host.read()]).toEqual([expected, expected]);
    life.abort();
  });
});
