import type { KubeObject } from '@keelson/api';
import { type Chart, replicasOf } from '../../render/chart.js';
import type { Workload } from '../../render/kubernetes.js';
import { service } from '../../render/network.js';
import { claimed } from '../../render/pod.js';
import { disruptionBudget, statefulSet } from '../../render/workloads.js';
import { tcpProbe } from '../../conventions/probes.js';
import type { BaremetalFiles } from './config.js';
import { provisioningPort } from './provisioning-port.js';
import { webPort } from './web.js';

const component = 'conductor';

/** Conductors with the TFTP and HTTP servers that machines boot from, on the provisioning interface of their nodes. */
export function conductor(chart: Chart, { service: file, web }: BaremetalFiles): Workload {
  const nic = { name: 'PXE_INTERFACE', value: chart.cloud.spec.features.ironic.provisioning_interface };
  const hostIp = { name: 'NODE_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } };
  const bound = provisioningPort(chart);
  return statefulSet(chart, {
    name: 'ironic-conductor',
    component,
    serviceName: 'ironic-conductor',
    roles: ['controller'],
    ...bound,
    files: [file, web, ...bound.files],
    host: { network: true },
    mounts: [claimed('ironic-data', '/var/lib/ironic'), ...bound.mounts],
    claims: [{ name: 'ironic-data', storageClass: chart.cloud.spec.local_volume_storage_class, size: '50Gi' }],
    graceSeconds: 300,
    containers: [
      {
        name: 'ironic-conductor',
        image: 'ironic',
        command: ['sh', '-ec', start],
        rights: 'privileged',
        env: [nic, hostIp],
      },
      { name: 'ironic-tftp', image: 'ironic', command: ['sh', '-ec', tftp], rights: 'privileged', env: [nic] },
      {
        name: 'ironic-http',
        image: 'ironic',
        command: ['nginx', '-c', web.path, '-g', 'daemon off;'],
        ports: { http: webPort },
        ...tcpProbe(webPort),
      },
    ],
  });
}

const address = String.raw`POD_IP=$(ip -o -4 address show dev "$PXE_INTERFACE" scope global | awk '{sub(/\/.*/, "", $4); print $4; exit}')
[ -n "$POD_IP" ] || { echo "interface $PXE_INTERFACE has no address" >&2; exit 1; }
`;

const start = `${address}${String.raw`mkdir -p /var/lib/ironic/httpboot /var/lib/ironic/tftpboot /var/lib/ironic/images /var/lib/ironic/tmp
printf '[DEFAULT]\nmy_ip = %s\n[console]\nsocat_address = %s\n' "$POD_IP" "$NODE_IP" > /tmp/node.conf
exec ironic-conductor --config-file /etc/ironic/ironic.conf --config-file /tmp/node.conf`}`;

const tftp = `${address}mkdir -p /var/lib/ironic/tftpboot
exec in.tftpd --foreground --user root --address "$POD_IP:69" --secure /var/lib/ironic/tftpboot`;

export function conductorFront(chart: Chart): readonly KubeObject[] {
  return [
    service(chart, { name: 'ironic-conductor', component, headless: true, ports: { http: webPort } }),
    service(chart, { name: 'nova-compute-ironic', component: 'compute-ironic', headless: true, ports: { none: 8774 } }),
    ...disruptionBudget(chart, component, replicasOf(chart, component)),
  ];
}

/** The nova-compute for machines: one, with an identity that stays. */
export function ironicCompute(chart: Chart, { compute }: BaremetalFiles): Workload {
  return statefulSet(chart, {
    name: 'nova-compute-ironic',
    component: 'compute-ironic',
    serviceName: 'nova-compute-ironic',
    roles: ['controller'],
    files: [compute],
    mounts: [claimed('nova-data', '/var/lib/nova')],
    claims: [{ name: 'nova-data', storageClass: chart.cloud.spec.local_volume_storage_class, size: '1Gi' }],
    containers: [
      {
        name: 'nova-compute',
        image: 'nova',
        command: ['nova-compute', '--config-file', compute.path],
        weight: 'agent',
      },
    ],
  });
}
