import { operationRequests } from './operations.js';
import { defineNews, type News } from './subject.js';
import { TransitionSchema, type Transition } from './transition.js';

const news = (subject: string, description: string): News<Transition> =>
  defineNews({ subject, description, schema: TransitionSchema });

/** News of the networks under OpenStack. */
export const sdnNews = {
  operator: {
    ready: news('sdn.operator.ready', 'OpenSDN in a cluster is what its TFOperator says.'),
    failed: news('sdn.operator.failed', 'OpenSDN in a cluster needs attention.'),
  },
} as const;

/** Questions that sdn-svc answers. */
export const sdnRequests = {
  operator: operationRequests('sdn.operator', 'a TFOperator'),
} as const;
