import type { UpdateSpan, UpdateTimeline } from '@keelson/contracts';
import { type TimeBar, durationText, escapedHtml as escaped, timePage, timeTable } from '@keelson/std';
import { endOf, spansInOrder } from './timeline.js';

/** An update as it went, as one HTML page: a bar for each step, below it one for each of its machines, cut by what was done to it. */
export function timelinePage(timeline: UpdateTimeline): string {
  const { plan, cluster, source, target, status, message, outlook, now } = timeline;
  const isGood = status === 'Completed' || status === 'InProgress';
  const stands = `<span class="${isGood ? 'good' : 'bad'}">${escaped(status)}</span>`;
  const body = `<p class="lead">Cluster <strong>${escaped(cluster)}</strong> from ${escaped(source)} to ${escaped(target)}: ${stands}</p>
${message === undefined || message === '' ? '' : `<p${isGood ? '' : ' class="stop"'}>${escaped(message)}</p>`}
${outlook === undefined ? '' : `<p>${escaped(outlook)}</p>`}
<p class="note">As recorded, read at ${escaped(secondsOf(now))}. Times run from the beginning of the first step.</p>
${drawing(timeline)}`;
  return timePage({ title: `Update ${plan}`, body });
}

function drawing(timeline: UpdateTimeline): string {
  const first = timeline.spans[0];
  if (first === undefined) return '<p>Nothing of it has begun.</p>';
  const from = Date.parse(first.startedAt);
  const seconds = Math.max(1, ...timeline.spans.map((span) => (endOf(span, timeline) - from) / 1000));
  return timeTable({
    caption: `Steps and machines in time, from ${secondsOf(first.startedAt)} on, ${durationText(seconds)} in all`,
    details: 'What was done',
    seconds,
    bars: spansInOrder(timeline.spans).map((span) => barOf(span, timeline, from)),
  });
}

function barOf(span: UpdateSpan, timeline: UpdateTimeline, from: number): TimeBar {
  const at = (time: number): number => (time - from) / 1000;
  const parts = timeline.spans
    .filter(({ what, of }) => what === 'phase' && of === span.name)
    .map((phase) => ({ name: phase.name, begins: at(Date.parse(phase.startedAt)), ends: at(endOf(phase, timeline)) }));
  return {
    label: span.name,
    kind: span.what === 'step' ? 'step' : 'machine',
    begins: at(Date.parse(span.startedAt)),
    ...(span.finishedAt === undefined ? {} : { ends: at(Date.parse(span.finishedAt)) }),
    open: span.failed ? 'failed' : 'goes on',
    detail:
      span.what === 'step'
        ? span.estimated === undefined
          ? ''
          : `expected ${span.estimated}`
        : parts.map(({ name, begins, ends }) => `${name} ${durationText(ends - begins)}`).join(', '),
    ...(span.what === 'step' ? {} : { parts }),
  };
}

/** A time as people read it: to the second. */
function secondsOf(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}
