import type { CloudService } from '../../cloud/service.js';
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
      .map((project): [Chart, string] => [{ ...shared, name: `${project}-rabbitmq` }, messagingHost(cloud, project)]);
    const [first, ...others] = [[shared, 'rabbitmq'] as const, ...own].map(([chart, host]) =>
      renderBroker(chart, host),
    );
    return joined(first ?? renderBroker(shared, 'rabbitmq'), ...others);
  },
  upgrade: [{ name: 'replace', does: 'replace', components: ['server'] }],
};

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
