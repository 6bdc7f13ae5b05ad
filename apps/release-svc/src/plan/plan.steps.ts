import {
  type Cluster,
  ClusterKind,
  type ClusterUpdatePlan,
  ClusterUpdatePlanKind,
  finalizers,
  keyOf,
  keyText,
} from '@keelson/api';
import type { Bus } from '@keelson/bus';
import type { Transition, UpdateOrder } from '@keelson/contracts';
import type { StepTable, Writer } from '@keelson/reconcile';
import type { PastSteps } from '../past/past-steps.js';
import type { UpdateTraces } from '../timeline/update-trace.js';
import { order } from './plan.owners.js';

export type UpdateStepToDo =
  | { readonly type: 'commence-all'; readonly plan: ClusterUpdatePlan }
  | { readonly type: 'set-release'; readonly cluster: Cluster; readonly target: string }
  | { readonly type: 'hold' | 'let-go'; readonly plan: ClusterUpdatePlan }
  | { readonly type: 'order'; readonly plan: ClusterUpdatePlan; readonly order: UpdateOrder }
  | { readonly type: 'stop'; readonly plan: ClusterUpdatePlan; readonly ids: readonly string[] }
  | { readonly type: 'record'; readonly plan: ClusterUpdatePlan; readonly rows: readonly Transition[] }
  | {
      readonly type: 'trace';
      readonly plan: ClusterUpdatePlan;
      readonly machines: readonly string[];
      readonly now: number;
    };

export function updateSteps(bus: Bus, past: PastSteps, traces: UpdateTraces): StepTable<UpdateStepToDo> {
  return {
    'commence-all': {
      describe: ({ plan }) =>
        `commence all steps of ${keyText(keyOf(plan))}: the release was written to the cluster by hand`,
      run: ({ plan }, writer) => commence(plan, () => true, writer),
    },
    'set-release': {
      describe: ({ cluster, target }) => `write the release ${target} to cluster ${keyText(keyOf(cluster))}`,
      run: async ({ cluster, target }, writer) => {
        await writer.patch(ClusterKind, keyOf(cluster), { spec: { providerSpec: { value: { release: target } } } });
      },
    },
    hold: {
      describe: ({ plan }) => `hold ${keyText(keyOf(plan))} until the update is over`,
      run: ({ plan }, writer) => writer.addFinalizer(plan, finalizers.updatePlan),
    },
    'let-go': {
      describe: ({ plan }) => `let go of ${keyText(keyOf(plan))}`,
      run: ({ plan }, writer) => writer.removeFinalizer(plan, finalizers.updatePlan),
    },
    order: {
      describe: ({ order: { step, cluster, hold } }) =>
        hold === undefined ? `ask for the step ${step} of ${cluster}` : `hold the step ${step} of ${cluster}: ${hold}`,
      run: ({ plan, order: asked }) => traces.within(plan, asked.step, () => order(bus, asked)),
    },
    stop: {
      describe: ({ plan, ids }) => `take commence off ${ids.join(', ')} of ${keyText(keyOf(plan))}`,
      run: ({ plan, ids }, writer) => commence(plan, (id, was) => was && !ids.includes(id), writer),
    },
    record: {
      describe: ({ rows }) => `record ${rows.map(({ name, to }) => `${name} ${to}`).join(', ')}`,
      run: ({ plan, rows }) => past.add({ namespace: plan.metadata.namespace, name: plan.spec.cluster }, rows),
    },
    trace: {
      describe: ({ plan }) => `tell the trace of ${keyText(keyOf(plan))} what is over`,
      run: ({ plan, machines, now }) => traces.tell(plan, machines, now),
    },
  };
}

/** With the version: what an operator commences meanwhile must not be overwritten. */
async function commence(
  plan: ClusterUpdatePlan,
  isCommenced: (id: string, was: boolean) => boolean,
  writer: Writer,
): Promise<void> {
  const steps = plan.spec.steps.map((step) => ({ ...step, commence: isCommenced(step.id, step.commence) }));
  const metadata = { resourceVersion: plan.metadata.resourceVersion };
  await writer.patch(ClusterUpdatePlanKind, keyOf(plan), { metadata, spec: { steps } });
}
