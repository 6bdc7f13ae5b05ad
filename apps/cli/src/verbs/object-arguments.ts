import { parseArgs } from 'node:util';
import { UsageError } from './verb.js';

/** How verbs about one object are called; what the object may be, each verb says itself. */
export const objectUsage = ['-n, --namespace NAME  when the name exists in several', '--json                as data'];

export interface ObjectArguments {
  /** `<kind>/<name>` as given. */
  readonly object: string;
  readonly namespace: string | undefined;
  readonly asJson: boolean;
}

/** The arguments of a verb about one object. @throws UsageError when none is named */
export function objectArguments(verb: string, args: readonly string[]): ObjectArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { namespace: { type: 'string', short: 'n' }, json: { type: 'boolean' } },
    allowPositionals: true,
    strict: true,
  });
  const [object] = positionals;
  if (object === undefined) throw new UsageError(`${verb} needs <kind>/<name>`);
  return { object, namespace: values.namespace, asJson: values.json === true };
}
