import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Target } from './client.js';
import { covers, deviations, differences, recorded, unexplained } from './compare.js';
import { ourServer } from './our-server.js';
import { type Answer, replay } from './replay.js';
import { stories } from './story.js';

/** The same requests that were sent to a real kube-apiserver, and its recorded answers. */

const told = stories();
const list = deviations();
const met = new Set<unknown>();
const answers = new Map<string, Answer>();
let server: Target & { close(): Promise<void> };

/** Only for stories that never end: a machine may be busy. */
const patienceMs = 600_000;

/** Stories have nothing to do with each other: they are told all at once, for most of them wait for something. */
beforeAll(async () => {
  server = await ourServer();
  const replayed = await Promise.all(told.map((story) => replay(server, story)));
  told.forEach(({ name }, i) => replayed[i]?.forEach((answer) => answers.set(`${name}: ${answer.name}`, answer)));
}, patienceMs);

afterAll(() => server.close());

describe.each(told)('$name: $about', (story) => {
  const real = new Map(recorded(story.name).map((answer) => [answer.name, answer]));

  it.each(story.lines.map(({ name }) => name))('%s', (name) => {
    const [theirs, own] = [real.get(name), answers.get(`${story.name}: ${name}`)];
    if (theirs === undefined || own === undefined) throw new Error(`no answer to "${name}" is recorded`);
    const found = differences(theirs, own);
    for (const { at } of found) {
      for (const entry of list) if (covers(entry, story.name, name, at)) met.add(entry);
    }
    expect(unexplained(found, story.name, name, list)).toEqual([]);
  });
});

describe('the list of deviations', () => {
  it('names nothing that does not deviate', () => expect(list.filter((entry) => !met.has(entry))).toEqual([]));

  it('lets no status deviate', () =>
    expect(list.filter(({ at }) => new RegExp(`^(?:${at})$`).test('status'))).toEqual([]));
});
