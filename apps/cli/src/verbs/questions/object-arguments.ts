import { parseArgs } from 'node:util';
import { UsageError } from '../verb.js';

/** How verbs about one object are called; what the object may be, each verb says itself. */
export const objectUsage = [
  '-n, --namespace NAME  when the name exists in several; of a cloud in one of several clusters <project>/<cluster>:<namespace>',
  '--json                as data',
];

export interface ObjectArguments {
  /** Verb and object as given, to be said again with more. */
  readonly command: string;
  /** `<kind>/<name>` as given. */
  readonly object: string;
  readonly namespace: string | undefined;
  readonly asJson: boolean;
  /** File for a page, of verbs that draw one. */
  readonly html: string | undefined;
}

/** The arguments of a verb about one object, and the flags that it has beside those of all. @throws UsageError when none is named */
export function objectArguments(verb: string, args: readonly string[], more: readonly 'html'[] = []): ObjectArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      namespace: { type: 'string', short: 'n' },
      json: { type: 'boolean' },
      html: { type: 'string' },
    },
    allowPositionals: true,
    strict: true,
  });
  if (values.html !== undefined && !more.includes('html'))
    throw new UsageError(`${verb} draws no page: leave --html out`);
  const [object] = positionals;
  if (object === undefined) throw new UsageError(`${verb} needs <kind>/<name>`);
  return {
    command: `${verb} ${object}`,
    object,
    namespace: values.namespace,
    asJson: values.json === true,
    html: values.html,
  };
}
