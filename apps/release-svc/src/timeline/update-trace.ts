import type { ClusterUpdatePlan } from '@keelson/api';
import { type UpdateSpan, type UpdateTimeline, updateSpanId, updateTraceId } from '@keelson/contracts';
import type { FinishedSpan, SpanIds, Spans } from '@keelson/service';
import type { PastSteps } from '../past/past-steps.js';
import { timelineOf } from './timeline.js';

/** The span of a step of an update: what the owner of the step does belongs to it. */
export function stepSpanOf(plan: ClusterUpdatePlan, step: string): SpanIds {
  const traceId = updateTraceId(plan.metadata.uid ?? '');
  return { traceId, spanId: updateSpanId(traceId, `step/${step}`) };
}

/** How long after its end an update is told of again by a process that has just started. Milliseconds. */
const toldAgainMs = 3_600_000;

/**
 * Tells updates as traces: the whole, its steps, their machines. Told is what is over, from the rows alone; a process that has
 * just started tells all of an update again, with the same ids. Phases of machines are told by the service that does them.
 */
export class UpdateTraces {
  readonly #spans: Spans;
  readonly #past: PastSteps;
  readonly #told = new Set<string>();
  readonly #plans = new Set<string>();

  constructor(spans: Spans, past: PastSteps) {
    this.#spans = spans;
    this.#past = past;
  }

  /** Runs `work` as a part of a step. */
  within<A>(plan: ClusterUpdatePlan, step: string, work: () => Promise<A>): Promise<A> {
    return this.#spans.within(stepSpanOf(plan, step), work);
  }

  /** Whether all of an update is to be told though nothing has changed: nothing of it was in this life of the process. */
  isNew({ metadata, status }: ClusterUpdatePlan, now: number): boolean {
    if (!this.#spans.isOn || status?.startedAt === undefined || this.#plans.has(metadata.uid ?? '')) return false;
    return status.finishedAt === undefined || now - Date.parse(status.finishedAt) < toldAgainMs;
  }

  get isOn(): boolean {
    return this.#spans.isOn;
  }

  /** Tells what is over and was not told yet. */
  async tell(plan: ClusterUpdatePlan, machines: readonly string[], now: number): Promise<void> {
    for (const span of spansOf(plan, await timelineOf(plan, machines, this.#past, now))) {
      if (this.#told.has(span.spanId)) continue;
      this.#told.add(span.spanId);
      this.#spans.record(span);
    }
    this.#plans.add(plan.metadata.uid ?? '');
  }
}

/** What of an update is over, as spans. */
export function spansOf(plan: ClusterUpdatePlan, { spans, ...timeline }: UpdateTimeline): readonly FinishedSpan[] {
  const traceId = updateTraceId(plan.metadata.uid ?? '');
  const root = updateSpanId(traceId);
  const attributes = {
    'keelson.namespace': plan.metadata.namespace ?? '',
    'keelson.cluster': timeline.cluster,
    'keelson.update': timeline.plan,
    'keelson.source': timeline.source,
    'keelson.target': timeline.target,
  };
  const steps = spans.filter(({ what }) => what === 'step');
  const told = spans.flatMap((span): FinishedSpan[] => {
    if (span.finishedAt === undefined || span.what === 'phase') return [];
    const { name, what, startedAt, finishedAt: endedAt } = span;
    const step = what === 'machine' ? stepOf(span, steps) : undefined;
    return [
      {
        traceId,
        spanId: updateSpanId(traceId, `${what}/${name}`),
        parent: step === undefined ? root : updateSpanId(traceId, `step/${step.name}`),
        name: `${what} ${name}`,
        startedAt,
        endedAt,
        attributes: {
          ...attributes,
          [`keelson.${what}`]: name,
          ...(step === undefined ? {} : { 'keelson.step': step.name }),
        },
      },
    ];
  });
  const ends = steps.flatMap(({ finishedAt }) => finishedAt ?? []).sort();
  const [startedAt] = steps.map((step) => step.startedAt).sort();
  const endedAt = ends.at(-1);
  const isOver = ends.length === plan.spec.steps.length && startedAt !== undefined && endedAt !== undefined;
  const whole = { traceId, spanId: root, name: `update ${timeline.plan}`, attributes };
  return isOver ? [{ ...whole, startedAt, endedAt }, ...told] : told;
}

/** The step in which a machine began. */
function stepOf(machine: UpdateSpan, steps: readonly UpdateSpan[]): UpdateSpan | undefined {
  return steps.filter(({ startedAt }) => Date.parse(startedAt) <= Date.parse(machine.startedAt)).at(-1);
}
