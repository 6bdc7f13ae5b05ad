import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startKubeApiserver } from '@keelson/testing/kube-apiserver';
import { deviations, differences, recorded, unexplained } from '../wire/compare.js';
import type { Target } from '../wire/client.js';
import { ourServer } from '../wire/our-server.js';
import { type Answer, replay } from '../wire/replay.js';
import { stories } from '../wire/story.js';
import { findBinaries } from './binaries.js';

/**
 * The stories against a real kube-apiserver and ours, side by side. With `KEELSON_RECORD=true` what the real one
 * answers is written down anew; otherwise it must be what is recorded.
 */

const records = process.env.KEELSON_RECORD === 'true';
const binaries = findBinaries();
const answersFolder = join(import.meta.dirname, '../wire/answers');
const list = deviations();

type Running = Target & { close(): Promise<void> };
let real: Running;
let ours: Running;

beforeAll(async () => {
  if (binaries === undefined) throw new Error('there is no kube-apiserver and no etcd to compare with');
  [real, ours] = await Promise.all([startKubeApiserver({ programs: binaries }), ourServer()]);
});

afterAll(() => Promise.all([real.close(), ours.close()]));

describe.each(stories())('$name: $about', (story) => {
  let theirs: readonly Answer[] = [];
  let own: readonly Answer[] = [];

  beforeAll(async () => {
    theirs = await replay(real, story);
    if (records) writeFileSync(join(answersFolder, `${story.name}.json`), `${JSON.stringify(theirs, null, 2)}\n`);
    own = await replay(ours, story);
  });

  it.each(story.lines.map(({ name }, at) => ({ name, at })))('$name', ({ name, at }) => {
    const [was, is, our] = [recorded(story.name)[at], theirs[at], own[at]];
    if (was === undefined || is === undefined || our === undefined) throw new Error(`"${name}" was not answered`);
    expect(unordered(is)).toEqual(unordered(was));
    expect(unexplained(differences(is, our), story.name, name, list)).toEqual([]);
  });
});

/** The real server asks the rules of an object's fields in an order that differs from run to run. */
function unordered(answer: Answer): Answer {
  return { ...answer, warnings: [...answer.warnings].sort() };
}
