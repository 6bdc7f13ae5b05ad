import { terminal } from '@keelson/std';
import { trusting } from '../../cloud/internal-tls.js';
import type { ConfigFile } from '../../cloud/service.js';
import { addresses, internalUrl } from '../../conventions/addresses.js';
import { cephClient, cephFiles, goesToCeph, poolOf, type Store } from '../../conventions/ceph.js';
import { identityUser } from '../../conventions/credentials.js';
import { cacheSection, commonSections } from '../../conventions/sections.js';
import { uwsgiFile } from '../../conventions/api/uwsgi.js';
import { projectFile } from '../../conventions/api/policies.js';
import type { Chart } from '../../render/chart.js';
import type { Ini, IniSection } from '../../render/ini.js';

export interface ImageBackend {
  readonly name: string;
  readonly type: string;
  readonly isDefault: boolean;
  readonly pvc: { readonly size: string; readonly storage_class_name?: string | undefined } | undefined;
}

/** The stores of images: what the spec names, else Ceph where there is one, else files. Exactly one is the default. */
export function imageBackends(chart: Chart): readonly ImageBackend[] {
  const { backends } = chart.cloud.spec.features.glance;
  const named = Object.entries(backends).flatMap(([type, group]) =>
    Object.entries(group).map(([name, { default: isDefault = false, pvc }]) => ({ name, type, isDefault, pvc })),
  );
  if (named.length === 0) {
    const type = isInFiles(chart) || !goesToCeph(chart.cloud, images) ? 'file' : 'rbd';
    return [{ name: type, type, isDefault: true, pvc: undefined }];
  }
  if (named.filter(({ isDefault }) => isDefault).length === 1) return named;
  throw terminal('Rendering OpenStack: spec.features.glance.backends: exactly one back end must have default: true', {
    reason: 'InvalidSpec',
  });
}

const images: Store = { what: 'images', otherwise: 'name a back end in spec.features.glance.backends' };

/** Images that users have stored stay where they are when Ceph comes later. */
function isInFiles({ cloud, service }: Chart): boolean {
  return cloud.inFiles.includes(service);
}

export function imageFiles(chart: Chart): { service: ConfigFile; uwsgi: ConfigFile; ceph: readonly ConfigFile[] } {
  const backends = imageBackends(chart);
  return {
    service: projectFile(
      chart,
      'glance',
      { path: '/etc/glance/glance-api.conf', values: ['glance'] },
      commonSections(chart, { project: 'glance', database: 'glance', messaging: true, api: true }),
      glanceSections(chart, backends),
      ...backends.map((backend) => storeSection(chart, backend)),
    ),
    uwsgi: uwsgiFile(chart, {
      path: '/etc/glance/glance-uwsgi.ini',
      port: addresses.glance.port,
      program: '/usr/bin/glance-wsgi-api',
      threads: 8,
      // Uploads come in chunks, and WSGI itself does not know them.
      more: {
        'http-auto-chunked': true,
        'http-chunked-input': true,
        'http-raw-body': true,
        'wsgi-manage-chunked-input': true,
      },
    }),
    ceph: backends.some(({ type }) => type === 'rbd') ? cephFiles(chart, glanceClient(chart)) : [],
  };
}

function glanceSections(chart: Chart, backends: readonly ImageBackend[]): Ini {
  const { signature } = chart.cloud.spec.features.glance;
  return {
    DEFAULT: {
      enabled_backends: backends.map(({ name, type }) => `${name}:${type}`),
      show_image_direct_url: backends.some(({ type }) => type === 'rbd'),
      enabled_import_methods: '[web-download,glance-direct,copy-image]',
    },
    glance_store: { default_backend: backends.find(({ isDefault }) => isDefault)?.name ?? '' },
    paste_deploy: { flavor: 'keystone' },
    os_glance_tasks_store: { filesystem_store_datadir: '/var/lib/glance/tasks' },
    os_glance_staging_store: { filesystem_store_datadir: '/var/lib/glance/staging' },
    cache: cacheSection(chart.cloud),
    key_manager: signature.enabled ? { backend: 'barbican' } : {},
    barbican: signature.enabled ? barbicanSection(chart) : {},
  };
}

function barbicanSection(chart: Chart): IniSection {
  return {
    barbican_endpoint: internalUrl(chart.cloud, 'barbican'),
    auth_endpoint: `${internalUrl(chart.cloud, 'keystone')}/v3`,
    ...trusting(chart.cloud, 'verify_ssl_path'),
  };
}

function storeSection(chart: Chart, { name, type }: ImageBackend): Ini {
  if (type === 'rbd') {
    const client = glanceClient(chart);
    return {
      [name]: {
        rbd_store_pool: poolOf(client, 'images'),
        rbd_store_user: client.user,
        rbd_store_ceph_conf: '/etc/ceph/ceph.conf',
        rbd_store_chunk_size: 8,
      },
    };
  }
  if (type === 'cinder') return { [name]: cinderStore(chart) };
  return { [name]: { filesystem_store_datadir: '/var/lib/glance/images' } };
}

function cinderStore(chart: Chart): IniSection {
  const { username, password } = chart.cloud.secrets.user(identityUser('glance'));
  return {
    cinder_store_auth_address: `${internalUrl(chart.cloud, 'keystone')}/v3`,
    cinder_store_user_name: username,
    cinder_store_password: password,
    cinder_store_project_name: 'service',
    cinder_store_user_domain_name: 'service',
    cinder_store_project_domain_name: 'service',
    cinder_catalog_info: 'volumev3::internalURL',
    ...trusting(chart.cloud, 'cinder_ca_certificates_file'),
  };
}

function glanceClient(chart: Chart): ReturnType<typeof cephClient> {
  return cephClient(chart.cloud, 'glance', 'spec.features.glance.backends.rbd');
}
