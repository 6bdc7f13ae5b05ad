import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { catalogue } from '../catalogue.js';
import { operationsProto } from '../proto.js';
import { type GrpcShape, grpcMisunderstandings, grpcShapeOf } from './grpc-shape.js';
import { type Shape, shapeOf, shapes } from './shapes.js';

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

/** What services of one release say and understand: kept with the next one, which runs beside it while services are rolled. */
export interface Recording {
  readonly release: string;
  /** By name of the form: what the release accepts, as JSON Schema, and what it sends. */
  readonly shapes: Readonly<Record<string, { readonly schema: JsonSchema; readonly messages: readonly unknown[] }>>;
  /** By subject: the forms of its payload, or of its query and its answer. */
  readonly subjects: Readonly<Record<string, readonly string[]>>;
  readonly grpc: GrpcShape;
}

/** The contracts as they stand, as a recording. */
export function recordingOf(release: string): Recording {
  return {
    release,
    shapes: Object.fromEntries(
      Object.entries(shapes).map(([name, { schema, messages }]) => [
        name,
        { schema: z.toJSONSchema(schema, { io: 'input' }), messages },
      ]),
    ),
    subjects: subjectsNow(),
    grpc: grpcNow(),
  };
}

/** What goes over gRPC now. */
export function grpcNow(): GrpcShape {
  return grpcShapeOf(readFileSync(operationsProto, 'utf8'));
}

/** The forms of every subject there is now; `?` for one that no form is known of. */
export function subjectsNow(): Record<string, readonly string[]> {
  const named = (schema: z.ZodType): string => shapeOf(schema) ?? '?';
  return Object.fromEntries(
    catalogue.flatMap(({ news, requests, asks = [] }): [string, readonly string[]][] => [
      ...news.map(({ subject, schema }): [string, readonly string[]] => [subject, [named(schema)]]),
      ...[...requests, ...asks].map(({ subject, query, answer }): [string, readonly string[]] => [
        subject,
        [named(query), named(answer)],
      ]),
    ]),
  );
}

/**
 * Where a release before and the contracts of now would not understand each other, as sentences: what it sends is read by
 * the schemas of now, and what is sent now by its own.
 */
export function misunderstandings(
  { release, shapes: before, subjects, grpc }: Recording,
  now: Readonly<Record<string, Shape>>,
  subjectsOfNow: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  const lost = Object.entries(subjects).flatMap(([subject, forms]) => {
    const own = subjectsOfNow[subject];
    if (own === undefined) return [`${subject} of ${release} is gone`];
    return own.join() === forms.join()
      ? []
      : [`${subject} of ${release} is ${own.join(', ')}, was ${forms.join(', ')}`];
  });
  const misread = Object.entries(before).flatMap(([name, { schema, messages }]) => {
    const own = now[name];
    if (own === undefined) return [`${name} of ${release} is gone`];
    return [
      ...unread(own.schema, messages).map((why) => `a ${name} of ${release} is not understood now: ${why}`),
      ...unread(z.fromJSONSchema(schema), own.messages).map(
        (why) => `a ${name} of now is not understood by ${release}: ${why}`,
      ),
    ];
  });
  return [...lost, ...misread, ...grpcMisunderstandings(release, grpc, grpcNow())];
}

function unread(schema: z.ZodType, messages: readonly unknown[]): readonly string[] {
  return messages.flatMap((message) => {
    const { error } = schema.safeParse(message);
    return error === undefined
      ? []
      : [error.issues.map(({ path, message: what }) => `${path.join('.')}: ${what}`).join('; ')];
  });
}
