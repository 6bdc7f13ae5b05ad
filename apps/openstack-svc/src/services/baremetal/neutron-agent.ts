import type { ConfigFile } from '../../cloud/service.js';
import { worker } from '../../conventions/api/api.js';
import { authSection } from '../../conventions/sections.js';
import { type Chart, chartOf } from '../../render/chart.js';
import { iniFile } from '../../render/files.js';
import type { Workload } from '../../render/kubernetes.js';
import { agentCommonFile, configFlags } from '../networking/config.js';

const secret = 'neutron-ironic-agent-etc';

/** What the agent of networking-baremetal reads: neutron's bus, and Ironic's API. */
export function neutronAgentFiles(chart: Chart): readonly ConfigFile[] {
  const neutron = chartOf(chart.cloud, 'networking', 'neutron');
  return [
    agentCommonFile(neutron, secret),
    iniFile(
      neutron,
      { secret, path: '/etc/neutron/ironic_neutron_agent.ini', values: ['ironic_neutron_agent'] },
      { ironic: { ...authSection(chart.cloud, 'ironic'), valid_interfaces: 'internal' } },
    ),
  ];
}

/**
 * Tells neutron which physical networks each machine is on, without which its ports are bound to none. It is here and not with
 * neutron, for it needs Ironic. https://docs.openstack.org/networking-baremetal/latest/
 */
export function neutronAgent(chart: Chart, files: readonly ConfigFile[]): Workload {
  return worker(chart, {
    name: 'neutron-ironic-agent',
    component: 'neutron-ironic-agent',
    image: 'neutron',
    command: ['ironic-neutron-agent', ...configFlags(files)],
    files,
  });
}
