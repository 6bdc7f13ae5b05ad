import type { Subscription } from '@keelson/bus';
import { sdnRequests } from '@keelson/contracts';
import { answerQuestions, operationsIn } from '@keelson/mosk';
import type { ServiceDefinition } from '@keelson/service';
import { type SdnConfig, sdnConfig } from './config.js';
import { sdnReconcilers } from './reconcilers.js';

/** Kinds in MOSK clusters that questions are answered about. */
const answered = { TFOperator: sdnRequests.operator } as const;

/** The networks under OpenStack: OpenSDN, and what Open vSwitch and OVN need beside being deployed. */
export const sdnService: ServiceDefinition<SdnConfig> = {
  name: 'sdn-svc',
  config: sdnConfig,
  create(context) {
    const { reconcilers, attachments } = sdnReconcilers(context);
    const elsewhere = operationsIn(attachments, answered);
    let subscriptions: readonly Subscription[] = [];
    return {
      reconcilers,
      elsewhere,
      inClusters: () => attachments.inClusters,
      start: async () => {
        subscriptions = await answerQuestions(context.bus, elsewhere, answered);
      },
      stop: async () => {
        await Promise.all(subscriptions.map((subscription) => subscription.stop().catch(() => undefined)));
        await attachments.closeAll();
      },
    };
  },
};
