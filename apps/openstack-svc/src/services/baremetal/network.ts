import { clientJob, ensured, quoted } from '../../conventions/client.js';
import type { PreparedJob } from '../../conventions/jobs.js';
import type { BaremetalNetwork } from '../../cloud/spec/compute.js';
import type { Cloud } from '../../cloud/cloud.js';
import type { Chart } from '../../render/chart.js';

/** Name of the network on which machines are cleaned and deployed. */
export function networkName({ spec }: Cloud): string {
  const { networks, baremetal_network_name: name } = spec.features.ironic;
  return networks.baremetal?.name ?? name ?? 'baremetal';
}

/** True where conductors serve what machines boot from on that network, over ports of their own. */
export function bindsServices({ spec }: Cloud): boolean {
  return spec.features.ironic.networks.baremetal?.bind_deployment_services === true;
}

/** The network and its subnets, when the spec describes them; else an operator makes it. */
export function networkJobs(chart: Chart): readonly PreparedJob[] {
  const { baremetal: wanted } = chart.cloud.spec.features.ironic.networks;
  if (wanted === undefined) return [];
  const name = networkName(chart.cloud);
  const lines = [
    ensured('network', name, ...networkOptions(wanted)),
    ...wanted.subnets.map((subnet) => ensured('subnet', subnet.name, ...subnetOptions(chart.cloud, name, subnet))),
  ];
  return [clientJob(chart, { name: 'ironic-create-networks', component: 'create-networks', lines })];
}

function networkOptions(network: BaremetalNetwork): readonly string[] {
  const { network_type: type, physnet, segmentation_id: segment, mtu } = network;
  return [
    network.external ? '--external' : '--internal',
    network.shared ? '--share' : '--no-share',
    `--provider-network-type ${quoted(type)}`,
    ...(['flat', 'vlan'].includes(type) ? [`--provider-physical-network ${quoted(physnet)}`] : []),
    ...(segment === undefined ? [] : [`--provider-segment ${segment}`]),
    ...(mtu === undefined ? [] : [`--mtu ${mtu}`]),
    // Conductors are spoken to on it, which the rules of tenants' ports would forbid.
    ...(network.bind_deployment_services ? ['--disable-port-security'] : []),
  ];
}

function subnetOptions(cloud: Cloud, network: string, subnet: BaremetalNetwork['subnets'][number]): readonly string[] {
  const { range, pool_start: first, pool_end: last, gateway } = subnet;
  return [
    `--network ${quoted(network)}`,
    `--subnet-range ${quoted(range)}`,
    ...(gateway === undefined ? [] : [`--gateway ${quoted(gateway)}`]),
    ...(first === undefined || last === undefined ? [] : [`--allocation-pool ${quoted(`start=${first},end=${last}`)}`]),
    ...cloud.spec.features.neutron.dns_servers.map((server) => `--dns-nameserver ${quoted(server)}`),
  ];
}
