import { parseArgs } from 'node:util';
import type { Transition } from '@keelson/contracts';
import { askOwner, findObject } from '../embedded/access.js';
import { layoutHere } from '../embedded/layout.js';
import { dim, spanText, table } from '../screen/style.js';
import { UsageError, type Verb } from './verb.js';

export const history: Verb = {
  name: 'history',
  summary: 'every state an object was in: from, to, when and why',
  usage: [
    '<kind>/<name>         such as bmh/srv-01 or machine/cp-1',
    '-n, --namespace NAME  when the name exists in several',
    '--json                the records as they are',
  ],
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { namespace: { type: 'string', short: 'n' }, json: { type: 'boolean' } },
      allowPositionals: true,
      strict: true,
    });
    if (positionals[0] === undefined) throw new UsageError('history needs <kind>/<name>');
    const layout = layoutHere();
    const { kind, namespace, name } = await findObject(layout, positionals[0], values.namespace);
    const rows = await askOwner<Transition[]>(layout, 'history', kind, namespace, name);
    process.stdout.write(values.json === true ? `${JSON.stringify(rows, null, 2)}\n` : `${historyText(rows)}\n`);
    return 0;
  },
};

/** A line for each transition: when, how long the state before lasted, from, to, why. */
export function historyText(rows: readonly Transition[]): string {
  if (rows.length === 0) return 'no history yet';
  const lines = rows.map((row, i) => {
    const before = rows[i - 1];
    const lasted =
      before === undefined || before.uid !== row.uid ? '' : spanText(Date.parse(row.at) - Date.parse(before.at));
    return [
      row.at,
      dim(lasted),
      row.from === '' ? '(new)' : row.from,
      '→',
      row.to === '' ? '(gone)' : row.to,
      dim(row.why),
    ];
  });
  return table(lines);
}
