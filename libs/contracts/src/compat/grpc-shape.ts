/** What of a proto file goes over the wire: procedures with their messages, and fields by number. Names of fields do not. */
export interface GrpcShape {
  readonly procedures: Readonly<Record<string, string>>;
  /** By message: type of each field by its number. */
  readonly messages: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const procedure = /^\s*rpc (\w+)\s*\(([^)]+)\)\s*returns\s*\(([^)]+)\)/;
const opening = /^\s*(?:message|enum) (\w+)\s*\{/;
const field = /^\s*((?:repeated |optional )?[\w.]*(?:map<[^>]+>)?)\s*\b\w+ = (\d+)\b/;

/** Reads a proto file in the form that ours have: a line for each field, messages not inside others. */
export function grpcShapeOf(proto: string): GrpcShape {
  const procedures: Record<string, string> = {};
  const messages: Record<string, Record<string, string>> = {};
  let current: Record<string, string> = {};
  for (const line of proto.split('\n').map((text) => text.replace(/\/\/.*$/, ''))) {
    const [, name, takes, gives] = procedure.exec(line) ?? [];
    if (name !== undefined) procedures[name] = `${takes ?? ''} → ${gives ?? ''}`;
    const [, message] = opening.exec(line) ?? [];
    if (message !== undefined) messages[message] = current = {};
    const [, type, number] = field.exec(line) ?? [];
    if (type !== undefined && number !== undefined) current[number] = type.trim();
  }
  return { procedures, messages };
}

/** Where a release before and now would misread each other over gRPC, as sentences. What is only there now harms nobody. */
export function grpcMisunderstandings(release: string, before: GrpcShape, now: GrpcShape): readonly string[] {
  const procedures = Object.entries(before.procedures).flatMap(([name, forms]) =>
    now.procedures[name] === forms
      ? []
      : [`rpc ${name} of ${release} is ${now.procedures[name] ?? 'gone'}, was ${forms}`],
  );
  const fields = Object.entries(before.messages).flatMap(([message, numbers]) =>
    Object.entries(numbers).flatMap(([number, type]) => {
      const own = now.messages[message]?.[number];
      return own === type ? [] : [`field ${number} of ${message} of ${release} is ${own ?? 'gone'}, was ${type}`];
    }),
  );
  return [...procedures, ...fields];
}
