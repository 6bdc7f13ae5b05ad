import { describe, expect, it } from '@jest/globals';
import { History } from './history.js';
import { textOf } from './json-text.js';
import type { LogEntry } from './log.js';
import { freezeDeep, type Stored } from './stored.js';

function anObject(name: string, revision: number): Stored {
  const metadata = { name, uid: name, resourceVersion: String(revision), creationTimestamp: '' };
  return freezeDeep({ apiVersion: 'v1', kind: 'Thing', metadata, data: { text: 'x'.repeat(100) } });
}

/** Writes of `names` objects in turn, every tenth of which deletes one. */
function writes(count: number, names: number): LogEntry[] {
  const last = new Map<string, Stored>();
  return Array.from({ length: count }, (_, i): LogEntry => {
    const revision = i + 1;
    const name = `n${i % names}`;
    const object = anObject(name, revision);
    const previous = last.get(name);
    const type = previous !== undefined && i % 10 === 0 ? 'delete' : 'put';
    if (type === 'put') last.set(name, object);
    else last.delete(name);
    return { revision, resource: i % 2 === 0 ? 'even' : 'odd', namespace: '', name, type, object, previous };
  });
}

const plain = ({ revision, resource, namespace, name, type, object, previous }: LogEntry): LogEntry => ({
  revision,
  resource,
  namespace,
  name,
  type,
  object,
  previous,
});

const empty = { tail: [], floors: new Map<string, number>(), compacted: 0 };

describe('the window of recent writes', () => {
  const entries = writes(5000, 70);

  it('gives back what was written, however long ago', () => {
    const history = new History({ keepMs: 1000, keepEntries: 10_000 }, empty, 0);
    for (const entry of entries) history.push(entry, 0);
    for (const after of [0, 10, 2500, 4999])
      expect(history.after(after, 'even').map(plain)).toEqual(
        entries.filter(({ revision, resource }) => revision > after && resource === 'even'),
      );
  });

  it('gives the same object to all who look, with its text', () => {
    const history = new History({ keepMs: 1000, keepEntries: 10_000 }, empty, 0);
    for (const entry of entries) history.push(entry, 0);
    const [one, other] = [history.after(0, 'odd'), history.after(0, 'odd')];
    expect(one[3]?.object).toBe(other[3]?.object);
    expect(textOf(one[3]?.object as Stored)).toBe(JSON.stringify(entries[7]?.object));
    expect(Object.isFrozen(one[3]?.object.data)).toBe(true);
  });

  it('forgets what is young when it is too much, but keeps the number of entries that it must', () => {
    const history = new History({ keepMs: 1000, keepEntries: 2000, maxCharacters: 1_000_000 }, empty, 0);
    for (const entry of entries) {
      history.push(entry, 0);
      history.trim(0);
    }
    expect(history.compacted).toBe(0);
    const strict = new History({ keepMs: 1000, keepEntries: 2000, maxCharacters: 100_000 }, empty, 0);
    for (const entry of entries) {
      strict.push(entry, 0);
      strict.trim(0);
    }
    expect({ compacted: strict.compacted, floor: strict.floor('odd'), left: strict.after(0, 'even').length }).toEqual({
      compacted: 3000,
      floor: 3000,
      left: 1000,
    });
  });
});
