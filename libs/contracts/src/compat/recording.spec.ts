import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { grpcMisunderstandings, grpcShapeOf } from './grpc-shape.js';
import { misunderstandings, type Recording, recordingOf, subjectsNow } from './recording.js';
import { type Shape, shapes } from './shapes.js';

const folder = new URL('../../recorded/', import.meta.url);
const versions = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
const number = (version: string): number => version.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);
/** That of the version in hand, and that of the release before it, once there is one. */
const recordings = versions
  .sort((a, b) => number(b) - number(a))
  .slice(0, 2)
  .map((version) => JSON.parse(readFileSync(new URL(`${version}.json`, folder), 'utf8')) as Recording);
const root = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

describe('services of the last release and of this one, side by side', () => {
  it.each(recordings)('understand each other, both ways: $release', (recording) => {
    expect(Object.keys(recording.subjects).length).toBeGreaterThan(50);
    expect(Object.keys(recording.grpc.messages).length).toBeGreaterThan(5);
    expect(misunderstandings(recording, shapes, subjectsNow())).toEqual([]);
  });

  it('have every contract recorded for those that come after (else: ./keelson generate)', () => {
    const [newest] = recordings;
    const { grpc } = recordingOf(root.version);
    const isNew = (now: object, recorded: object = {}): string[] =>
      Object.keys(now).filter((name) => !Object.hasOwn(recorded, name));
    expect({
      release: newest?.release,
      subjects: isNew(subjectsNow(), newest?.subjects),
      shapes: isNew(shapes, newest?.shapes),
      grpc: [...isNew(grpc.procedures, newest?.grpc.procedures), ...isNew(grpc.messages, newest?.grpc.messages)],
    }).toEqual({ release: root.version, subjects: [], shapes: [], grpc: [] });
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

  it('of gRPC that adds a field is harmless; one that takes a number away, or gives it another type, is found', () => {
    const grpc = grpcShapeOf('rpc Plan(Query) returns (Answer);\nmessage Query {\n  repeated string a = 1;\n}');
    const told = (now: string): readonly string[] => grpcMisunderstandings('0.0.1', grpc, grpcShapeOf(now));
    expect(
      [
        'rpc Plan(Query) returns (Answer);\nmessage Query {\n  repeated string b = 1;\n  uint32 c = 2;\n}',
        'rpc Plan(Query) returns (Answer);\nmessage Query {\n  string a = 1;\n}',
        'message Query {\n  // repeated string a = 1;\n}',
      ].map(told),
    ).toEqual([
      [],
      ['field 1 of Query of 0.0.1 is string, was repeated string'],
      ['rpc Plan of 0.0.1 is gone, was Query → Answer', 'field 1 of Query of 0.0.1 is gone, was repeated string'],
    ]);
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
