import { operationRequests } from './operations.js';
import { defineNews, type News } from './subject.js';
import { TransitionSchema, type Transition } from './transition.js';

const news = (subject: string, description: string): News<Transition> =>
  defineNews({ subject, description, schema: TransitionSchema });

/** News of updates. */
export const releaseNews = {
  plan: {
    started: news('release.plan.started', 'The update of a cluster goes on, or has begun.'),
    completed: news('release.plan.completed', 'The update of a cluster is over.'),
    failed: news('release.plan.failed', 'A step of an update failed; it goes on once the cause is cured.'),
    paused: news('release.plan.paused', 'Alerts have paused the update of a cluster.'),
  },
} as const;

/** Questions that release-svc answers. */
export const releaseRequests = {
  plan: operationRequests('release.plan', 'a ClusterUpdatePlan'),
  autopause: operationRequests('release.autopause', 'an UpdateAutoPause'),
  mccupgrade: operationRequests('release.mccupgrade', 'the MCCUpgrade'),
  license: operationRequests('release.license', 'the License'),
} as const;
