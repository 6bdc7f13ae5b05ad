import { writeFileSync } from 'node:fs';
import type { Transition, UpdateTimeline } from '@keelson/contracts';
import { askOwner, findObject, updateWord } from '../../embedded/credentials/access.js';
import { layoutHere } from '../../embedded/layout.js';
import { dim, spanText, table } from '../../screen/style.js';
import { timelineText } from './timeline.js';
import { objectArguments, objectUsage } from './object-arguments.js';
import { timelinePage } from './timeline-page.js';
import { UsageError, type Verb } from '../verb.js';

export const history: Verb = {
  name: 'history',
  summary: 'every state an object was in: from, to, when and why',
  usage: [
    '<kind>/<name>         such as bmh/srv-01 or machine/cp-1',
    'update/<plan>         an update drawn in time, step by step and machine by machine',
    '--html FILE           that drawing as a page',
    ...objectUsage,
  ],
  async run(args) {
    const wanted = objectArguments('history', args, ['html']);
    const { object, asJson, html } = wanted;
    const layout = layoutHere();
    const isUpdate = object.startsWith(`${updateWord}/`);
    if (html !== undefined && !isUpdate) throw new UsageError('--html draws an update: name one as update/<plan>');
    const { kind, namespace, name } = await findObject(layout, wanted);
    if (isUpdate) {
      const timeline = await askOwner<UpdateTimeline>(layout, 'timeline', kind, namespace, name);
      if (html !== undefined) {
        writeFileSync(html, timelinePage(timeline));
        process.stdout.write(`the update is drawn in ${html}\n`);
        return 0;
      }
      process.stdout.write(asJson ? `${JSON.stringify(timeline, null, 2)}\n` : `${timelineText(timeline)}\n`);
      return 0;
    }
    const rows = await askOwner<Transition[]>(layout, 'history', kind, namespace, name);
    process.stdout.write(asJson ? `${JSON.stringify(rows, null, 2)}\n` : `${historyText(rows)}\n`);
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
