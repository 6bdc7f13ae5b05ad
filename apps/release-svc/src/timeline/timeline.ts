import type { ClusterUpdatePlan } from '@keelson/api';
import type { Transition, UpdateSpan, UpdateTimeline } from '@keelson/contracts';
import type { PastSteps } from '../past/past-steps.js';
import { outlookOf } from '../plan/plan.outlook.js';

/** An update as it went, from the rows of its steps, its machines and their phases. */
export async function timelineOf(
  plan: ClusterUpdatePlan,
  machines: readonly string[],
  past: PastSteps,
  now: number,
): Promise<UpdateTimeline> {
  const { namespace, name, uid = '' } = plan.metadata;
  const cluster = { namespace, name: plan.spec.cluster };
  const spans: UpdateSpan[] = [];
  const outlook = outlookOf(plan);
  for (const { id, duration } of plan.spec.steps) {
    const rows = await past.rowsOfStep(cluster, id);
    spans.push(...spansOf(rows, uid, { name: id, what: 'step', estimated: duration?.estimated }));
  }
  for (const machine of machines) {
    const whole = spansOf(await past.rowsOfMachine(namespace, machine), uid, { name: machine, what: 'machine' });
    spans.push(...whole, ...phasesOf(await past.rowsOfPhases(namespace, machine), uid, whole[0]));
  }
  return {
    plan: name,
    cluster: plan.spec.cluster,
    source: plan.spec.source,
    target: plan.spec.target,
    status: plan.status?.status ?? 'NotStarted',
    ...(plan.status?.message === undefined ? {} : { message: plan.status.message }),
    ...(outlook === undefined ? {} : { outlook }),
    now: new Date(now).toISOString(),
    spans: spans.sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt)),
  };
}

interface SpanOf {
  readonly name: string;
  readonly what: UpdateSpan['what'];
  readonly estimated?: string | undefined;
}

/**
 * From the first InProgress of this update to its end; a failure that was cured belongs to the same span. What its owner
 * found done already took no time.
 */
function spansOf(rows: readonly Transition[], uid: string, { name, what, estimated }: SpanOf): readonly UpdateSpan[] {
  const own = rows.filter((row) => row.uid === uid);
  const finishedAt = own.find(({ to }) => to === 'Completed')?.at;
  const startedAt = own.find(({ to }) => to === 'InProgress')?.at ?? finishedAt;
  if (startedAt === undefined) return [];
  const failed = finishedAt === undefined && own.at(-1)?.to === 'Failed';
  return [
    {
      name,
      what,
      startedAt,
      failed,
      ...(finishedAt === undefined ? {} : { finishedAt }),
      ...(estimated === undefined ? {} : { estimated }),
    },
  ];
}

/** Each until its own end; the last one, whose end may not have been heard of any more, until that of the machine. */
function phasesOf(rows: readonly Transition[], uid: string, machine: UpdateSpan | undefined): readonly UpdateSpan[] {
  if (machine === undefined) return [];
  const own = rows.filter((row) => row.uid === uid);
  return own
    .filter(({ to }) => to !== '')
    .map(({ to: name, at: startedAt }): UpdateSpan => {
      const finishedAt = own.find(({ from, at }) => from === name && at >= startedAt)?.at ?? machine.finishedAt;
      return {
        name,
        what: 'phase',
        of: machine.name,
        startedAt,
        failed: false,
        ...(finishedAt === undefined ? {} : { finishedAt }),
      };
    });
}
