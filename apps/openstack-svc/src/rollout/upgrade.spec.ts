import { describe, expect, test } from '@jest/globals';
import {
  apiVersionOf,
  type OpenStackDeploymentStatus,
  OpenStackDeploymentStatusKind,
  type ServiceStatus,
} from '@keelson/api';
import { aFiler, anArray, aSpec, rendered, someCeph } from '../cloud/cloud.fixtures.js';
import { cloudServices } from '../services/index.js';
import { isOfCheck } from './upgrade-checks.js';
import { isOfStep, untouchedVersion, upgradeOrder } from './upgrade.js';

const spec = aSpec({
  preset: 'compute',
  features: {
    services: ['shared-file-system'],
    cinder: { volume: { backends: { array: anArray, local: { lvm: { volume_group: 'vg' } } } } },
    manila: { share: { backends: { filer: aFiler } } },
  },
});
const workloads = ['Deployment', 'StatefulSet', 'DaemonSet'];

describe('an upgrade of storage', () => {
  test.each(['block-storage', 'shared-file-system'])('%s: each workload is replaced by one step', (name) => {
    const steps = cloudServices.find((each) => each.name === name)?.upgrade ?? [];
    const service = rendered(spec, { ceph: someCeph }).find((each) => each.service === name);
    const components = (service?.stages ?? [])
      .flatMap(({ objects }) => objects)
      .filter(({ kind }) => workloads.includes(kind))
      .map(({ metadata }) => metadata.labels?.['component'] ?? '');
    const replacing = (component: string): readonly string[] =>
      steps.filter((step) => step.does === 'replace' && isOfStep(step, component)).map((step) => step.name);
    expect(components.length).toBeGreaterThan(4);
    expect(components.filter((component) => replacing(component).length !== 1)).toEqual([]);
  });
});

/** Projects that ship `<project>-status upgrade check`; nova's is a step of its own, after its schema. */
const checked = [
  'keystone',
  'placement',
  'glance',
  'neutron',
  'cinder',
  'octavia',
  'designate',
  'barbican',
  'heat',
  'masakari',
  'manila',
  'ironic',
];

describe('what is asked before an upgrade', () => {
  const services = cloudServices.map(({ name }) => name).filter((name) => name !== 'metric' && name !== 'event');
  const all = rendered(aSpec({ preset: 'compute', openstack_version: 'gazpacho', features: { services } }));

  test('is the check of every project that has one, with files of its own', () => {
    const asked = upgradeOrder.flatMap((name) => {
      const service = cloudServices.find((each) => each.name === name);
      const objects = all.find((each) => each.service === name)?.onDemand ?? [];
      return objects.filter((object) => isOfCheck(service?.upgrade ?? [], object));
    });
    expect(asked.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(
      checked.flatMap((project) => [`Secret ${project}-upgrade-check`, `Job ${project}-upgrade-check`]),
    );
    for (const job of asked.filter(({ kind }) => kind === 'Job')) {
      const text = JSON.stringify(job);
      const volumes = [...text.matchAll(/"secretName":"([^"]+)"/g)].map(([, name]) => name ?? '');
      const others = volumes.filter((name) => name !== job.metadata.name);
      // What is rotated by keystone itself is no configuration of a release.
      expect(others.filter((name) => !/^keystone-(fernet|credential)-keys$/.test(name))).toEqual([]);
    }
  });

  test.each(checked)('%s reads what its API does', (project) => {
    const objects = all.flatMap(({ stages, onDemand }) => [...stages.flatMap((stage) => stage.objects), ...onDemand]);
    const paths = (name: string, kind: readonly string[]): readonly string[] => {
      const found = objects.find(({ kind: each, metadata }) => kind.includes(each) && metadata.name === name);
      expect(found?.metadata.name).toBe(name);
      return [...JSON.stringify(found).matchAll(/"mountPath":"(\/etc\/[^"]+)"/g)].map(([, path]) => path ?? '');
    };
    const api = paths(project === 'neutron' ? 'neutron-server' : `${project}-api`, ['Deployment', 'DaemonSet']);
    const ofServer = /uwsgi|envoy|\/tls/;
    const read = paths(`${project}-upgrade-check`, ['Job']);
    expect([...read].sort()).toEqual([...new Set(api.filter((path) => !ofServer.test(path)))].sort());
  });
});

describe('the release that a cloud can be taken back to', () => {
  const cloud = (
    ...services: readonly (readonly [string, ServiceStatus['state'], string?])[]
  ): OpenStackDeploymentStatus => ({
    apiVersion: apiVersionOf(OpenStackDeploymentStatusKind),
    kind: OpenStackDeploymentStatusKind.kind,
    metadata: { name: 'osh', namespace: 'openstack' },
    status: {
      services: Object.fromEntries(
        services.map(([name, state, openstack_version]) => [name, { state, openstack_version }]),
      ),
    },
  });

  test('is that of all services, until one begins', () => {
    const waiting = ['image', 'WAITING', 'caracal'] as const;
    expect(untouchedVersion(cloud(['identity', 'WAITING', 'caracal'], waiting), 'epoxy')).toBe('caracal');
    expect(untouchedVersion(cloud(['identity', 'APPLYING', 'caracal'], waiting), 'epoxy')).toBeUndefined();
    expect(untouchedVersion(cloud(['identity', 'APPLIED', 'epoxy'], waiting), 'epoxy')).toBeUndefined();
    expect(untouchedVersion(cloud(['identity', 'APPLYING', 'caracal'], waiting), 'caracal')).toBe('caracal');
    expect(untouchedVersion(cloud(['dns', 'WAITING'], waiting), 'epoxy')).toBe('caracal');
  });
});
