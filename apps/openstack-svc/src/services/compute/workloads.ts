import type { KubeObject } from '@keelson/api';
import type { ConfigFile } from '../../cloud/service.js';
import { addresses, hosts } from '../../conventions/addresses.js';
import { api, type Api, apiFront, worker } from '../../conventions/api/api.js';
import { cleanupJob } from '../../conventions/cleanup.js';
import { tcpProbe } from '../../conventions/probes.js';
import { uwsgiCommand } from '../../conventions/api/uwsgi.js';
import { type Chart, replicasOf } from '../../render/chart.js';
import type { Workload } from '../../render/kubernetes.js';
import { deployment, disruptionBudget } from '../../render/workloads.js';
import { type ControlFiles, metadataChart, metadataPort, novncPort, spicePort } from './config.js';
import { hasSerialConsole, serialName, serialPort } from './serial-console.js';
import { vncProxyFiles } from './vnc-tls.js';

export function controlPlane(
  chart: Chart,
  files: ControlFiles,
): { workloads: readonly Workload[]; front: readonly KubeObject[] } {
  const { service } = files;
  const daemon = (component: string): Workload =>
    worker(chart, {
      name: `nova-${component}`,
      component,
      image: 'nova',
      command: [`nova-${component}`, '--config-file', service.path],
      files: [service],
    });
  const apis = [computeApi(chart, files), metadataApi(chart, files), ...consoles(chart, service)];
  return {
    workloads: [daemon('conductor'), daemon('scheduler'), ...apis.map(({ workload }) => workload)],
    front: [
      ...apis.flatMap(({ front }) => front),
      ...['conductor', 'scheduler'].flatMap((each) => disruptionBudget(chart, each, replicasOf(chart, each))),
    ],
  };
}

function computeApi(chart: Chart, { service, apiUwsgi }: ControlFiles): Api {
  return api(chart, {
    name: 'nova-api-osapi',
    component: 'os-api',
    replicasKey: 'osapi',
    image: 'nova',
    address: addresses.nova,
    command: uwsgiCommand(apiUwsgi.path),
    files: [service, apiUwsgi],
  });
}

function metadataApi(chart: Chart, { service, metadataUwsgi }: ControlFiles): Api {
  return api(metadataChart(chart), {
    name: 'nova-api-metadata',
    component: 'metadata',
    replicasKey: 'osapi',
    image: 'nova',
    address: { host: hosts.novaMetadata, port: metadataPort, publicName: 'metadata', path: '' },
    isPublic: false,
    command: uwsgiCommand(metadataUwsgi.path),
    files: [service, metadataUwsgi],
  });
}

function consoles(chart: Chart, service: ConfigFile): Api[] {
  const { novnc, spice } = chart.cloud.spec.features.nova.console;
  return [
    ...(novnc.enabled
      ? [consoleProxy(chart, [service, ...vncProxyFiles(chart)], ['novnc-proxy', 'novncproxy', novncPort])]
      : []),
    ...(spice.enabled ? [consoleProxy(chart, [service], ['spice-proxy', 'spicehtml5proxy', spicePort])] : []),
    ...(hasSerialConsole(chart.cloud)
      ? [consoleProxy(chart, [service], ['serial-proxy', serialName, serialPort])]
      : []),
  ];
}

function consoleProxy(
  chart: Chart,
  files: readonly [ConfigFile, ...ConfigFile[]],
  [component, program, port]: [string, string, number],
): Api {
  const [service] = files;
  const name = `nova-${component.replace('-', '')}`;
  const publicName = component.replace('-', '');
  return {
    workload: deployment(chart, {
      name,
      component,
      replicasKey: publicName,
      roles: ['controller'],
      files,
      containers: [
        {
          name,
          image: 'nova',
          command: [`nova-${program}`, '--config-file', service.path],
          ports: { console: port },
          ...tcpProbe(port),
        },
      ],
    }),
    front: apiFront(chart, {
      component,
      address: { host: name, port, publicName },
      isPublic: true,
      replicasKey: publicName,
      isPlain: true,
    }),
  };
}

/** Rows of deleted servers move to the shadow tables and from there away. */
export function rowsCleanup(chart: Chart, service: ConfigFile): readonly KubeObject[] {
  return cleanupJob(chart, { project: 'nova', service, schedule: '1 1 * * 1' }, ({ age, batch }) => {
    const manage = `nova-manage --config-file ${service.path} db`;
    const before = `--before "$(date -u -d '${age} days ago' +%Y-%m-%d)"`;
    // 1 says that rows were archived, 3 that there was nothing to purge.
    return [
      `${manage} archive_deleted_rows --until-complete --all-cells --max_rows ${batch} ${before} || [ $? -eq 1 ]`,
      `${manage} purge --all-cells ${before} || [ $? -eq 3 ]`,
    ];
  });
}
