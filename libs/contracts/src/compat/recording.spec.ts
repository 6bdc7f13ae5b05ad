import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { misunderstandings, type Recording, recordingOf, subjectsNow } from './recording.js';
import { type Shape, shapes } from './shapes.js';

const folder = new URL('../../recorded/', import.meta.url);
const versions = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
const number = (version: string): number => version.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);
const last = versions.sort((a, b) => number(a) - number(b)).at(-1) ?? '';
const recording = JSON.parse(readFileSync(new URL(`${last}.json`, folder), 'utf8')) as Recording;

describe('services of the last release and of this one, side by side', () => {
  it('understand each other, both ways', () => {
    expect(Object.keys(recording.subjects).length).toBeGreaterThan(50);
    expect(misunderstandings(recording, shapes, subjectsNow())).toEqual([]);
  });

  it('know the form of every message there is', () => {
    expect(Object.entries(subjectsNow()).filter(([, forms]) => forms.includes('?'))).toEqual([]);
    const wrong = Object.entries(shapes).flatMap(([name, { schema, messages }]) =>
      messages.every((message) => schema.safeParse(message).success) ? [] : [name],
    );
    expect(wrong).toEqual([]);
  });
});

describe('a change of a contract', () => {
  const object = { namespace: z.string().optional(), name: z.string() };
  const changed = (shape: Shape, subjects = subjectsNow()): readonly string[] =>
    misunderstandings(recordingOf('0.0.1'), { ...shapes, ObjectQuery: shape }, subjects);
  const now = shapes['ObjectQuery']?.messages ?? [];

  it('that adds an optional member is harmless', () => {
    const schema = z.object({ ...object, depth: z.number().optional() });
    expect(changed({ schema, messages: [...now, { name: 'a', depth: 1 }] })).toEqual([]);
  });

  it('that asks for more than was sent, sends less than was asked for, or takes a subject away is found', () => {
    expect(changed({ schema: z.object({ ...object, depth: z.number() }), messages: [] })).toEqual([
      expect.stringContaining('ObjectQuery of 0.0.1 is not understood now: depth'),
      expect.stringContaining('not understood now'),
    ]);
    expect(changed({ schema: z.object({ namespace: z.string().optional() }), messages: [{}] })).toEqual([
      expect.stringContaining('ObjectQuery of now is not understood by 0.0.1: name'),
    ]);
    const { 'release.plan.why': _gone, ...subjects } = subjectsNow();
    expect(changed({ schema: z.object(object), messages: now }, subjects)).toEqual([
      'release.plan.why of 0.0.1 is gone',
    ]);
  });
});
