import type { UpdateSpan, UpdateTimeline } from '@keelson/contracts';
import { bold, dim, green, red, spanText, table, yellow } from '../../screen/style.js';

/** Characters of the drawing between the first begin and the last end. */
const columns = 40;

/** An update drawn in time: a bar for each step, below it one for each of its machines with what was done to it. */
export function timelineText(timeline: UpdateTimeline): string {
  const { plan, cluster, source, target, status, message, outlook, spans } = timeline;
  const stands = `${bold(plan)}  ${cluster}: ${source} → ${target}  ${status}${message === undefined ? '' : dim(`  ${message}`)}`;
  const head = outlook === undefined ? stands : `${stands}\n${outlook}`;
  const first = spans[0];
  if (first === undefined) return `${head}\nnothing of it has begun`;
  const from = Date.parse(first.startedAt);
  const until = Math.max(...spans.map((span) => endOf(span, timeline)));
  const rows = spansInOrder(spans).map((span) => row(span, timeline, from, Math.max(1, until - from)));
  return `${head}\n${dim(`${first.startedAt} to ${new Date(until).toISOString()}, ${spanText(until - from)}`)}\n${table(rows)}`;
}

/** Machines below the step in which they began. */
export function spansInOrder(spans: readonly UpdateSpan[]): readonly UpdateSpan[] {
  const steps = spans.filter(({ what }) => what === 'step');
  const stepOf = (machine: UpdateSpan): UpdateSpan | undefined =>
    steps.filter(({ startedAt }) => startedAt <= machine.startedAt).at(-1);
  const machines = spans.filter(({ what }) => what === 'machine');
  return [
    ...machines.filter((machine) => stepOf(machine) === undefined),
    ...steps.flatMap((step) => [step, ...machines.filter((machine) => stepOf(machine) === step)]),
  ];
}

function row(span: UpdateSpan, timeline: UpdateTimeline, from: number, whole: number): readonly string[] {
  const [start, end] = [Date.parse(span.startedAt), endOf(span, timeline)];
  const before = Math.floor(((start - from) / whole) * columns);
  const length = Math.max(1, Math.round(((end - start) / whole) * columns));
  const paint = span.failed ? red : span.finishedAt === undefined ? yellow : green;
  const mark = span.failed ? 'failed' : span.finishedAt === undefined ? 'goes on' : '';
  return [
    span.what === 'step' ? span.name : `  ${span.name}`,
    `${' '.repeat(Math.min(before, columns - 1))}${paint((span.what === 'step' ? '█' : '─').repeat(Math.min(length, columns - Math.min(before, columns - 1))))}`,
    spanText(end - start),
    dim(span.estimated === undefined ? '' : `expected ${span.estimated}`),
    mark,
    dim(span.what === 'machine' ? phasesText(span, timeline) : ''),
  ];
}

/** What was done to a machine, and for how long. */
function phasesText({ name }: UpdateSpan, timeline: UpdateTimeline): string {
  return timeline.spans
    .filter(({ what, of }) => what === 'phase' && of === name)
    .map((phase) => `${phase.name} ${spanText(endOf(phase, timeline) - Date.parse(phase.startedAt))}`)
    .join(', ');
}

/** Milliseconds since the epoch; of what goes on, the time at which it was read. */
export function endOf({ finishedAt }: UpdateSpan, { now }: UpdateTimeline): number {
  return Date.parse(finishedAt ?? now);
}
