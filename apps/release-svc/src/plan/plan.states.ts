import { type ClusterUpdatePlan, ClusterUpdatePlanKind, type UpdatePlanState } from '@keelson/api';
import { releaseNews } from '@keelson/contracts';
import type { Machine, StateTable } from '@keelson/reconcile';
import { outlookOf } from './plan.outlook.js';

const abort =
  'set commence: false on steps that are not started; what has begun is finished, the update cannot be undone';

/** The life of an update. */
export const updateTable: StateTable<UpdatePlanState> = {
  kind: ClusterUpdatePlanKind.kind,
  initial: 'NotStarted',
  states: {
    NotStarted: {
      rest: true,
      meaning: 'offered; nothing begins before an operator sets commence on its first step',
      to: ['InProgress', 'Failed', 'AutoPaused', 'Completed'],
      deletable: true,
      held: { unblocks: 'what its message names; then it begins by itself, once it is commenced', abort },
    },
    InProgress: {
      meaning: 'a step is under way, or the next one waits to be commenced',
      // Back to NotStarted when something came in its way before the release was written to the cluster.
      to: ['NotStarted', 'Completed', 'Failed', 'AutoPaused'],
      deletable: true,
      deadlineSeconds: 30 * 86_400,
      onDeadline: 'goes on and says which step holds it',
      heartbeat: { sign: 'a look at what the owner of the step says', everySeconds: 60 },
      waitsFor: 'the service that brings the step about, or an operator to commence the next',
      abort,
    },
    Failed: {
      rest: true,
      meaning: 'a step failed and says why; it goes on from there once the cause is cured',
      to: ['InProgress', 'Completed', 'AutoPaused'],
      deletable: true,
      held: { unblocks: 'the cure of what its message names; then it goes on by itself', abort },
    },
    AutoPaused: {
      rest: true,
      meaning: 'alerts stopped it; it goes on when they are gone and commence is set again',
      // Back to NotStarted when the alerts came and went before anything had begun.
      to: ['NotStarted', 'InProgress', 'Failed', 'Completed'],
      deletable: true,
      held: { unblocks: 'the end of the alerts, then commence: true on the next step', abort },
    },
    Completed: { rest: true, meaning: 'every step is done', to: [], deletable: true },
  },
};

export const updateMachine: Machine<ClusterUpdatePlan> = {
  table: updateTable,
  stateOf: (plan) => plan.status?.status ?? updateTable.initial,
  outlookOf,
  news: {
    InProgress: releaseNews.plan.started,
    Completed: releaseNews.plan.completed,
    Failed: releaseNews.plan.failed,
    AutoPaused: releaseNews.plan.paused,
  },
};
