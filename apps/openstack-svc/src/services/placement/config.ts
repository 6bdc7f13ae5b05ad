import type { ConfigFile } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';
import { commonSections, databaseSection } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import type { Chart } from '../../render/chart.js';

export function placementFiles(chart: Chart): { service: ConfigFile; uwsgi: ConfigFile } {
  return {
    service: projectFile(
      chart,
      'placement',
      { path: '/etc/placement/placement.conf', values: ['placement'] },
      commonSections(chart, { project: 'placement', api: true }),
      { api: { auth_strategy: 'keystone' }, placement_database: databaseSection(chart.cloud, 'placement') },
    ),
    uwsgi: uwsgiFile(chart, {
      path: '/etc/placement/placement-uwsgi.ini',
      port: addresses.placement.port,
      program: '/usr/bin/placement-api',
      threads: 8,
    }),
  };
}
