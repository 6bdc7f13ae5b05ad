import type { Cloud } from '../../cloud/cloud.js';
import type { CloudService, RenderedService } from '../../cloud/service.js';
import { assemble, joined } from '../../conventions/assemble.js';
import { hasOwnMessaging, messagingAdmin, messagingHost } from '../../conventions/credentials.js';
import { type Chart, chartOf } from '../../render/chart.js';
import { brokerFiles, brokerScripts } from './config.js';
import { brokerRotation } from './rotation.js';
import { broker, brokerFront } from './workloads.js';

/** RabbitMQ: one for all, and one of its own for each project that asks for it. */
export const messaging: CloudService = {
  name: 'messaging',
  project: 'rabbitmq',
  needs: [],
  credentials: () => [messagingAdmin, { sort: 'key', name: 'rabbitmq-cookie', encoding: 'text', length: 32 }],
  render: (cloud) => {
    const shared = chartOf(cloud, 'messaging', 'rabbitmq', 'infra');
    const own = ['nova', 'neutron']
      .filter((project) => hasOwnMessaging(cloud, project))
      .map((project) => {
        const rendered = renderBroker({ ...shared, name: `${project}-rabbitmq` }, messagingHost(cloud, project));
        return project === 'neutron' && isAtRest(cloud) ? stopped(rendered) : rendered;
      });
    const [first, ...others] = [renderBroker(shared, 'rabbitmq'), ...own];
    return joined(first ?? renderBroker(shared, 'rabbitmq'), ...others);
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

function renderBroker(chart: Chart, host: string): ReturnType<CloudService['render']> {
  const files = brokerFiles(chart, host);
  const scripts = brokerScripts(chart);
  return assemble(chart, {
    files,
    scripts,
    front: brokerFront(chart, host),
    rotation: brokerRotation(chart, host),
    stages: [['workloads', 'ready', [broker(chart, host, files, scripts)]]],
  });
}
