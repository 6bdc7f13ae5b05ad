import type { Cloud } from '../../cloud/cloud.js';
import type { CloudService, RenderedService } from '../../cloud/service.js';
import { assemble, joined } from '../../conventions/assemble.js';
import { hasOwnMessaging, messagingAdmin, messagingHost } from '../../conventions/credentials.js';
import { type Chart, chartOf } from '../../render/chart.js';
import { brokerFiles, brokerScripts } from './config.js';
import { externalFiles, externalFront, notificationCredentials, notificationsJob } from './notifications.js';
import { brokerRotation } from './rotation.js';
import { broker, brokerFront } from './workloads.js';

/** RabbitMQ: one for all, and one of its own for each project that asks for it. */
export const messaging: CloudService = {
  name: 'messaging',
  project: 'rabbitmq',
  needs: [],
  credentials: (cloud) => [
    messagingAdmin,
    { sort: 'key', name: 'rabbitmq-cookie', encoding: 'text', length: 32 },
    ...notificationCredentials(cloud),
  ],
  render: (cloud) => {
    const shared = chartOf(cloud, 'messaging', 'rabbitmq', 'infra');
    const own = ['nova', 'neutron']
      .filter((project) => hasOwnMessaging(cloud, project))
      .map((project) => {
        const rendered = renderBroker({ ...shared, name: `${project}-rabbitmq` }, messagingHost(cloud, project));
        return project === 'neutron' && isAtRest(cloud) ? stopped(rendered) : rendered;
      });
    return joined(renderBroker(shared, 'rabbitmq', true), ...own);
  },
  upgrade: [{ name: 'replace', does: 'replace', components: ['server'] }],
};

/** While the migration to OVN moves networks, agents that still run must not be told of them: the reference's stages 30 and 40. */
function isAtRest({ migration }: Cloud): boolean {
  return migration === '30_DEPLOY_OVN_CONTROLLERS' || migration === '40_MIGRATE_DATAPLANE';
}

/** Its claims keep accounts and queues. */
function stopped(rendered: RenderedService): RenderedService {
  const stages = rendered.stages.map((stage) => ({
    ...stage,
    objects: stage.objects.map((object) =>
      object.kind === 'StatefulSet' && 'spec' in object && typeof object.spec === 'object'
        ? { ...object, spec: { ...object.spec, replicas: 0 } }
        : object,
    ),
  }));
  return { ...rendered, stages };
}

/** @param isShared the one of all services carries their notifications as well */
function renderBroker(chart: Chart, host: string, isShared = false): ReturnType<CloudService['render']> {
  const files = [...brokerFiles(chart, host, isShared), ...(isShared ? externalFiles(chart) : [])];
  const scripts = brokerScripts(chart);
  const notifications = isShared ? notificationsJob(chart) : undefined;
  return assemble(chart, {
    files,
    scripts,
    front: [...brokerFront(chart, host), ...(isShared ? externalFront(chart, 'server') : [])],
    rotation: brokerRotation(chart, host),
    jobs: notifications === undefined ? [] : [notifications],
    stages: [
      ['workloads', 'ready', [broker(chart, host, files, scripts)]],
      ['notifications', 'complete', notifications === undefined ? [] : [notifications.job]],
    ],
  });
}
