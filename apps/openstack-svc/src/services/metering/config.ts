import type { ConfigFile } from '../../cloud/service.js';
import type { TelemetryMode } from '../../cloud/spec/watching.js';
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

/** What scales by itself has to be known soon, all else is for the record. A meter is of one source only. Seconds. */
const polling: Readonly<Record<TelemetryMode, readonly object[]>> = {
  autoscaling: [
    { name: 'autoscaling', interval: 60, meters: ['cpu', 'disk*', 'memory*'] },
    { name: 'others', interval: 3600, meters: ['*', '!cpu', '!disk*', '!memory*', '!storage.*'] },
  ],
};

function meterFiles(chart: Chart, secret: string): ConfigFile[] {
  return [
    yamlFile(
      chart,
      { secret, path: '/etc/ceilometer/polling.yaml', values: ['polling'] },
      { sources: polling[chart.cloud.spec.features.telemetry.mode] },
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
