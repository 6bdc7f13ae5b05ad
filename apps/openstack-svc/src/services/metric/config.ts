import type { ConfigFile } from '../../cloud/service.js';
import { addresses } from '../../conventions/addresses.js';
import { cephClient, cephFiles, goesToCeph, poolOf, type Store } from '../../conventions/ceph.js';
import { databaseUrl } from '../../conventions/credentials.js';
import { commonSections, coordinationUrl } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import type { Chart } from '../../render/chart.js';
import type { IniSection } from '../../render/ini.js';

export function metricFiles(chart: Chart): { service: ConfigFile; uwsgi: ConfigFile; ceph: readonly ConfigFile[] } {
  const { cloud } = chart;
  return {
    service: projectFile(
      chart,
      'gnocchi',
      { path: '/etc/gnocchi/gnocchi.conf', values: ['gnocchi'] },
      commonSections(chart, { project: 'gnocchi', api: true }),
      {
        DEFAULT: { coordination_url: coordinationUrl(cloud) },
        api: { auth_mode: 'keystone', port: addresses.gnocchi.port },
        indexer: { url: databaseUrl(cloud, 'gnocchi', 'gnocchi') },
        metricd: { workers: cloud.spec.size === 'single' ? 1 : 4 },
        storage: storageSection(chart),
      },
    ),
    uwsgi: uwsgiFile(chart, {
      path: '/etc/gnocchi/gnocchi-uwsgi.ini',
      port: addresses.gnocchi.port,
      program: '/usr/bin/gnocchi-api',
      threads: 8,
    }),
    ceph: isInFiles(chart) ? [] : cephFiles(chart, client(chart)),
  };
}

/** Measures that were taken into files stay there when Ceph comes later. */
export function isInFiles({ cloud, service }: Chart): boolean {
  return cloud.inFiles.includes(service) || !goesToCeph(cloud, measures);
}

const measures: Store = { what: 'measures', otherwise: 'take metric out of spec.features.services' };

function storageSection(chart: Chart): IniSection {
  if (isInFiles(chart)) return { driver: 'file', file_basepath: '/var/lib/gnocchi' };
  const { user } = client(chart);
  return {
    driver: 'ceph',
    ceph_username: user,
    ceph_pool: poolOf(client(chart), 'volumes'),
    ceph_conffile: '/etc/ceph/ceph.conf',
  };
}

function client(chart: Chart): ReturnType<typeof cephClient> {
  return cephClient(chart.cloud, 'cinder', 'spec.features.services: metric');
}
