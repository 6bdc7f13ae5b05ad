import { OpenStackDeploymentKind, SecretKind } from '@keelson/api';
import { rfc3339 } from '@keelson/std';
import type { SpecPatch } from '../../../src/deployment/deployment.fixtures.js';
import { pauseAnnotation } from '../../../src/names.js';
import { cloudRenderer, type Renderer } from '../../../src/rollout/renderer.js';
import { cloudKey } from '../cloud-world.js';
import type { Fault } from './fault.js';
import type { FaultyCloud } from './faulty-cloud.js';

const enough = ['database', 'identity', 'image'];
/** As much of a real cloud as these faults take. */
export const rendered: Renderer = {
  ...cloudRenderer,
  render: (input) => cloudRenderer.render(input).filter(({ name }) => enough.includes(name)),
};
/** Its images are in Ceph. */
export const renderedBase: SpecPatch = {
  openstack_version: 'epoxy',
  preset: 'core',
  features: { glance: { backends: { rbd: { main: { default: true } } } } },
};

const keys = { namespace: 'openstack-ceph-shared', name: 'openstack-ceph-keys' };

function handOver({ world }: FaultyCloud): Promise<void> {
  const text = { mon_endpoints: 'a=10.0.0.1:6789', glance: 'client.glance;AQ==;images-hdd:images:hdd;' };
  const data = Object.fromEntries(
    Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const secret = { apiVersion: 'v1', kind: SecretKind.kind, metadata: keys, data };
  return world.apply(secret);
}

const restoring = (backup_name: string): SpecPatch => ({
  services: {
    database: {
      mariadb: { values: { manifests: { job_mariadb_phy_restore: true }, conf: { phy_restore: { backup_name } } } },
    },
  },
});

const annotated = (cloud: FaultyCloud, value: string | null): Promise<unknown> =>
  cloud.world.api.patch(OpenStackDeploymentKind, cloudKey, { metadata: { annotations: { [pauseAnnotation]: value } } });

const withoutRestore = (cloud: FaultyCloud): Promise<void> => {
  cloud.world.workloads.doing = undefined;
  return cloud.set({});
};

/** What holds up what only a cloud as it is rendered has. */
export const renderedFaults: readonly Fault[] = [
  {
    name: 'the storage has not handed its keys over',
    act: async (cloud) => {
      await cloud.set({});
      await cloud.tells('openstack-ceph-keys');
    },
    cure: handOver,
    cause: { kind: 'Secret', ...keys },
    says: /image: .*openstack-ceph-shared\/openstack-ceph-keys/,
    isMoving: true,
  },
  {
    name: 'the keys of the storage are gone',
    act: ({ world }) => world.api.delete(SecretKind, keys),
    cure: handOver,
    cause: { kind: 'Secret', ...keys },
    says: /The cloud uses Ceph, and the Secret .* is not there any more/,
    isMoving: true,
  },
  {
    name: 'a restore names no backup',
    act: (cloud) => cloud.set(restoring('../etc')),
    cure: withoutRestore,
    cause: { kind: 'OpenStackDeployment', name: 'osh' },
    says: /a restore needs services\.database\.mariadb\.values\.conf\.phy_restore\.backup_name/,
    isMoving: false,
  },
  {
    name: 'a restore names a backup that is not there',
    act: async (cloud) => {
      cloud.world.workloads.doing = async ({ metadata }) => (metadata.name.endsWith('-check') ? 'exit 1' : undefined);
      await cloud.set(restoring('2020-01-01_00-00-00'));
      await cloud.tells('is not there or not whole');
    },
    cure: withoutRestore,
    cause: { kind: 'Job', name: 'mariadb-phy-restore-check' },
    says: /is not there or not whole; the log of the Job/,
    isMoving: false,
  },
  {
    name: 'the accounts of a rotation cannot be made',
    act: async (cloud) => {
      cloud.world.workloads.failing.set('mariadb-new-accounts', 1);
      const patch = { status: { credentials: { admin: { rotation_id: 1 } } } };
      await cloud.world.api.patch(OpenStackDeploymentKind, cloudKey, patch, { subresource: 'status' });
      await cloud.tells('mariadb-new-accounts failed');
    },
    cure: () => Promise.resolve(),
    cause: { kind: 'Job', name: 'mariadb-new-accounts' },
    says: /database: Job openstack\/mariadb-new-accounts failed and is run again: its pod ended with 1/,
    isMoving: true,
  },
  {
    name: 'an upgrade is paused',
    act: async (cloud) => {
      await annotated(cloud, rfc3339(cloud.world.clock.now() + 3_600_000));
      cloud.base = { ...cloud.base, openstack_version: 'gazpacho' };
      await cloud.set({});
    },
    cure: (cloud) => annotated(cloud, null),
    cause: { kind: 'OpenStackDeployment', name: 'osh' },
    says: /The upgrade is paused until .* by the annotation/,
    isMoving: true,
  },
];
