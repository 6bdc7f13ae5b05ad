import { clientJob, ensured, quoted } from '../../conventions/client.js';
import type { PreparedJob } from '../../conventions/jobs.js';
import type { Chart } from '../../render/chart.js';

/** The network of floating IPs and a router on it, when the spec asks for them. */
export function floatingNetworkJobs(chart: Chart): readonly PreparedJob[] {
  const wanted = chart.cloud.spec.features.neutron.floating_network;
  if (!wanted.enabled) return [];
  const { name, physnet, network_type: type, segmentation_id: segment, subnet, router } = wanted;
  const provider = [
    '--external',
    '--share',
    `--provider-physical-network ${quoted(physnet)}`,
    `--provider-network-type ${quoted(type)}`,
    ...(segment === undefined ? [] : [`--provider-segment ${quoted(segment)}`]),
  ];
  const { range, pool_start: first, pool_end: last, gateway } = subnet;
  const addresses =
    range === undefined
      ? []
      : [
          ensured(
            'subnet',
            subnet.name,
            `--network ${quoted(name)}`,
            `--subnet-range ${quoted(range)}`,
            '--no-dhcp',
            ...(gateway === undefined ? [] : [`--gateway ${quoted(gateway)}`]),
            ...(first === undefined || last === undefined
              ? []
              : [`--allocation-pool ${quoted(`start=${first},end=${last}`)}`]),
          ),
          ensured('router', router.name, `--external-gateway ${quoted(name)}`),
        ];
  const lines = [ensured('network', name, ...provider), ...addresses];
  return [clientJob(chart, { name: 'neutron-bootstrap', component: 'bootstrap', lines })];
}
