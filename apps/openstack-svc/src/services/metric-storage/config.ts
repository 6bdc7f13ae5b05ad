import type { ConfigFile } from '../../cloud/service.js';
import { addresses, hosts } from '../../conventions/addresses.js';
import { projectFile } from '../../conventions/api/policies.js';
import { commonSections } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { type Chart, internalHost } from '../../render/chart.js';
import { yamlFile } from '../../render/files.js';
import { metricsPort, metricsServices } from '../metering/exporter.js';

export const prometheusPort = 9090;

export function aetosFiles(chart: Chart): { service: ConfigFile; uwsgi: ConfigFile } {
  return {
    service: projectFile(
      chart,
      'aetos',
      { path: '/etc/aetos/aetos.conf', values: ['aetos'] },
      commonSections(chart, { project: 'aetos', api: true }),
      {
        DEFAULT: { auth_mode: 'keystone' },
        prometheus: { host: internalHost(chart.cloud, hosts.prometheus), port: prometheusPort },
      },
    ),
    uwsgi: uwsgiFile(chart, {
      path: '/etc/aetos/aetos-uwsgi.ini',
      port: addresses.aetos.port,
      program: '/usr/bin/aetos-api',
      threads: 8,
    }),
  };
}

/** What is asked for metrics: the agents of telemetry, by the names that their Services give them. */
export function prometheusFile(chart: Chart): ConfigFile {
  const names = Object.values(metricsServices).map((name) => internalHost(chart.cloud, name));
  return yamlFile(
    chart,
    { path: '/etc/prometheus/prometheus.yml', values: ['prometheus'] },
    {
      global: { scrape_interval: '30s', scrape_timeout: '10s' },
      scrape_configs: [
        {
          job_name: 'ceilometer',
          honor_timestamps: true,
          dns_sd_configs: [{ names, type: 'A', port: metricsPort, refresh_interval: '30s' }],
          // Who measured says nothing about what was measured.
          metric_relabel_configs: [{ regex: '(node|publisher|instance)', action: 'labeldrop' }],
        },
      ],
    },
  );
}
