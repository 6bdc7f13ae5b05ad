import type { ClusterUpdatePlan, Machine } from '@keelson/api';
import type { Transition, UpdateSpan, UpdateTimeline } from '@keelson/contracts';
import type { PastSteps } from '../past/past-steps.js';

/** An update as it went, from the rows of its steps and machines. */
export async function timelineOf(
  plan: ClusterUpdatePlan,
  machines: readonly Machine[],
  past: PastSteps,
  now: number,
): Promise<UpdateTimeline> {
  const { namespace, name, uid = '' } = plan.metadata;
  const cluster = { namespace, name: plan.spec.cluster };
  const spans: UpdateSpan[] = [];
  for (const { id, duration } of plan.spec.steps) {
    const rows = await past.rowsOfStep(cluster, id);
    spans.push(...spansOf(rows, uid, { name: id, what: 'step', estimated: duration?.estimated }));
  }
  for (const { metadata } of machines)
    spans.push(
      ...spansOf(await past.rowsOfMachine(namespace, metadata.name), uid, { name: metadata.name, what: 'machine' }),
    );
  return {
    plan: name,
    cluster: plan.spec.cluster,
    source: plan.spec.source,
    target: plan.spec.target,
    status: plan.status?.status ?? 'NotStarted',
    ...(plan.status?.message === undefined ? {} : { message: plan.status.message }),
    now: new Date(now).toISOString(),
    spans: spans.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)),
  };
}

interface SpanOf {
  readonly name: string;
  readonly what: UpdateSpan['what'];
  readonly estimated?: string | undefined;
}

/** From the first InProgress of this update to its end; a failure that was cured belongs to the same span. */
function spansOf(rows: readonly Transition[], uid: string, { name, what, estimated }: SpanOf): readonly UpdateSpan[] {
  const own = rows.filter((row) => row.uid === uid);
  const startedAt = own.find(({ to }) => to === 'InProgress')?.at;
  if (startedAt === undefined) return [];
  const finishedAt = own.find(({ to }) => to === 'Completed')?.at;
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
