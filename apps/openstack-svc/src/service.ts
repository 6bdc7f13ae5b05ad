import type { Subscription } from '@keelson/bus';
import { openstackRequests } from '@keelson/contracts';
import { answerQuestions, operationsIn } from '@keelson/mosk';
import type { ServiceDefinition } from '@keelson/service';
import { admissionRoutes } from './admission/admission.routes.js';
import { type OpenstackConfig, openstackConfig } from './config.js';
import { openstackReconcilers } from './reconcilers.js';
import { cloudRenderer } from './rollout/renderer.js';
import { answerHypervisors } from './room/room.handlers.js';
import { answerUpdates } from './update/update.handlers.js';

/** Kinds in MOSK clusters that questions are answered about. */
export const answered = {
  OpenStackDeployment: openstackRequests.deployment,
  OpenStackDeploymentStatus: openstackRequests.deploymentstatus,
  NodeOutage: openstackRequests.outage,
  DRBConfig: openstackRequests.balancer,
} as const;

/** OpenStack: clouds in MOSK clusters, from one custom resource to a running, upgradable whole. */
export const openstackService: ServiceDefinition<OpenstackConfig> = {
  name: 'openstack-svc',
  config: openstackConfig,
  create(context) {
    const { reconcilers, attachments, figures } = openstackReconcilers({
      ...context,
      admission: context.config.admission,
      renderer: cloudRenderer,
    });
    const elsewhere = operationsIn(attachments, answered);
    let subscriptions: readonly Subscription[] = [];
    return {
      reconcilers,
      elsewhere,
      inClusters: () => attachments.inClusters,
      routes: admissionRoutes(attachments),
      gauges: figures.gauges(),
      start: async () => {
        subscriptions = [
          ...(await answerQuestions(context.bus, elsewhere, answered)),
          ...(await answerUpdates(context.bus, context.api, attachments)),
          await answerHypervisors({ ...context, attachments }),
        ];
      },
      stop: async () => {
        await Promise.all(subscriptions.map((subscription) => subscription.stop().catch(() => undefined)));
        await attachments.closeAll();
      },
    };
  },
};
