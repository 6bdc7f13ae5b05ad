import { ClusterUpdatePlanKind, MachineKind, labels } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { type Route, jsonResponse } from '@keelson/service';
import { type Clock, notFound } from '@keelson/std';
import type { PastSteps } from '../past/past-steps.js';
import { timelineOf } from './timeline.js';

export interface TimelinePorts {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly past: PastSteps;
}

/** `GET /api/v1/timeline/ClusterUpdatePlan/<namespace>/<plan>`: an update as it went, step by step and machine by machine. */
export function timelineRoutes({ api, clock, past }: TimelinePorts): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/timeline/ClusterUpdatePlan/:namespace/:name',
      auth: 'token',
      handler: async ({ params: { namespace = '', name = '' } }) => {
        const plan = await api.get(ClusterUpdatePlanKind, { namespace, name });
        if (plan === undefined) throw notFound(`there is no ClusterUpdatePlan ${namespace}/${name}`);
        const { items } = await api.list(MachineKind, {
          namespace,
          labelSelector: `${labels.clusterName}=${plan.spec.cluster}`,
        });
        return jsonResponse(
          200,
          await timelineOf(
            plan,
            items.map(({ metadata }) => metadata.name),
            past,
            clock.now(),
          ),
        );
      },
    },
  ];
}
