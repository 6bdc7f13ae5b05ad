import { askOwner, findObject } from '../../embedded/credentials/access.js';
import { layoutHere } from '../../embedded/layout.js';
import { objectArguments, objectUsage } from './object-arguments.js';
import type { Verb } from '../verb.js';

export const plan: Verb = {
  name: 'plan',
  summary: 'what would be done to an object now, step by step, or why nothing is',
  usage: ['<kind>/<name>         such as bmh/srv-01 or cluster/first', ...objectUsage],
  async run(args) {
    const wanted = objectArguments('plan', args);
    const layout = layoutHere();
    const { kind, namespace, name } = await findObject(layout, wanted);
    const answer = await askOwner<{ lines: string[] }>(layout, 'plan', kind, namespace, name);
    process.stdout.write(wanted.asJson ? `${JSON.stringify(answer, null, 2)}\n` : `${answer.lines.join('\n')}\n`);
    return 0;
  },
};
