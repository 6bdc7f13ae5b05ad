import { parseArgs } from 'node:util';
import { askOwner, findObject } from '../embedded/access.js';
import { layoutHere } from '../embedded/layout.js';
import { UsageError, type Verb } from './verb.js';

export const plan: Verb = {
  name: 'plan',
  summary: 'what would be done to an object now, step by step, or why nothing is',
  usage: [
    '<kind>/<name>         such as bmh/srv-01 or cluster/first',
    '-n, --namespace NAME  when the name exists in several',
    '--json                as data',
  ],
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { namespace: { type: 'string', short: 'n' }, json: { type: 'boolean' } },
      allowPositionals: true,
      strict: true,
    });
    if (positionals[0] === undefined) throw new UsageError('plan needs <kind>/<name>');
    const layout = layoutHere();
    const { kind, namespace, name } = await findObject(layout, positionals[0], values.namespace);
    const answer = await askOwner<{ lines: string[] }>(layout, 'plan', kind, namespace, name);
    process.stdout.write(
      values.json === true ? `${JSON.stringify(answer, null, 2)}\n` : `${answer.lines.join('\n')}\n`,
    );
    return 0;
  },
};
