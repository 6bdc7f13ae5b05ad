import type { KubeObject } from '@keelson/api';
import type { Cloud } from '../../cloud/cloud.js';
import { type Chart, hasService } from '../../render/chart.js';
import type { Ini } from '../../render/ini.js';
import { service } from '../../render/network.js';

/** Where agents show what they have measured, to Prometheus. */
export const metricsPort = 9101;
export const metricsServices = {
  central: 'ceilometer-central-metrics',
  compute: 'ceilometer-compute-metrics',
} as const;

/** True where metrics are fetched from the agents. */
export function isFetched(cloud: Cloud): boolean {
  return hasService(cloud, 'metric-storage');
}

/** True where they are sent on to Gnocchi. */
export function isSentOn(cloud: Cloud): boolean {
  return hasService(cloud, 'metric') || !isFetched(cloud);
}

/** What is shown is whole, so it is not cut into batches; what nobody reads is not sent. */
export function exporterSections(cloud: Cloud): Ini {
  if (!isFetched(cloud)) return {};
  return {
    polling: {
      enable_prometheus_exporter: true,
      prometheus_listen_addresses: `0.0.0.0:${metricsPort}`,
      batch_size: 0,
      enable_notifications: isSentOn(cloud),
    },
  };
}

/** Services that name the agents, those included that are only starting. */
export function exporterServices(chart: Chart): readonly KubeObject[] {
  if (!isFetched(chart.cloud)) return [];
  return Object.entries(metricsServices).map(([component, name]) =>
    service(chart, { name, component, headless: true, ports: { metrics: metricsPort } }),
  );
}
