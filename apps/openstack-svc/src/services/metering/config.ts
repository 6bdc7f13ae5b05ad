import type { ConfigFile } from '../../cloud/service.js';
import { notificationsUrl } from '../../conventions/notifications.js';
import { authSection, commonSections, coordinationUrl } from '../../conventions/sections.js';
import type { Chart } from '../../render/chart.js';
import { iniFile, yamlFile } from '../../render/files.js';
import { type Ini, repeated } from '../../render/ini.js';
import { exporterSections } from './exporter.js';

export function meteringFiles(chart: Chart): readonly [service: ConfigFile, ...ConfigFile[]] {
  return [
    iniFile(chart, { path: '/etc/ceilometer/ceilometer.conf', values: ['ceilometer'] }, sections(chart), {
      notification: {
        messaging_urls: repeated(notificationsUrl(chart.cloud)),
        workers: chart.cloud.spec.size === 'single' ? 1 : 2,
      },
    }),
    ...meterFiles(chart, 'ceilometer-etc'),
  ];
}

/** Of the agents on computes, which read no notifications. */
export function computeFiles(chart: Chart): readonly ConfigFile[] {
  const secret = 'ceilometer-compute-etc';
  return [
    iniFile(chart, { secret, path: '/etc/ceilometer/ceilometer.conf', values: ['ceilometer'] }, sections(chart), {
      compute: { instance_discovery_method: 'libvirt_metadata' },
    }),
    ...meterFiles(chart, secret),
  ];
}

function sections(chart: Chart): Ini {
  const { cloud } = chart;
  return {
    ...commonSections(chart, { project: 'ceilometer', messaging: true }),
    service_credentials: { ...authSection(cloud, 'ceilometer'), interface: 'internal' },
    coordination: { backend_url: coordinationUrl(cloud) },
    ...exporterSections(cloud),
  };
}

function meterFiles(chart: Chart, secret: string): ConfigFile[] {
  return [
    yamlFile(
      chart,
      { secret, path: '/etc/ceilometer/polling.yaml', values: ['polling'] },
      {
        sources: [
          {
            name: 'all',
            interval: 300,
            meters: ['cpu', 'memory.usage', 'disk.*', 'network.*', 'volume.*', 'image.size', 'ip.floating'],
          },
        ],
      },
    ),
    yamlFile(
      chart,
      { secret, path: '/etc/ceilometer/pipeline.yaml', values: ['pipeline'] },
      {
        sources: [{ name: 'meters', meters: ['*'], sinks: ['metrics'] }],
        sinks: [{ name: 'metrics', publishers: ['gnocchi://?archive_policy=low&filter_project=service'] }],
      },
    ),
  ];
}
