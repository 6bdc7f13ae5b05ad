import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  type KubeObject,
  PersistentVolumeClaimKind,
  type StorageClass,
  StorageClassKind,
  StatefulSetKind,
} from '@keelson/api';
import { aDeployment, type SpecPatch } from '../../../src/deployment/deployment.fixtures.js';
import { cloudRenderer } from '../../../src/rollout/renderer.js';
import { claimsIn } from '../../../src/volumes/claims.js';
import { aCloudWorld, type CloudWorld } from '../cloud-world.js';

/** Where no webhook refuses a change of volumes, the service itself does, before anything of it is applied. */

const base: SpecPatch = {
  preset: 'core',
  local_volume_storage_class: 'local',
  persistent_volume_storage_class: 'kept',
};
const backupSize = (size: string): SpecPatch => ({
  services: { database: { mariadb: { values: { volume: { backup: { size } } } } } },
});
const database = { namespace: 'openstack', name: 'mariadb-server' };
const backups = { namespace: 'openstack', name: 'mariadb-phy-backup-data' };
let world: CloudWorld;

beforeAll(async () => {
  world = await aCloudWorld({ ports: { renderer: cloudRenderer } });
  await world.apply(aDeployment(base));
  await isApplied();
  await world.clock.advance(60_000);
});
afterAll(() => world.close());

const set = (patch: SpecPatch): Promise<void> => world.apply(aDeployment({ ...base, ...patch }));
const osdpl = async () => (await world.status())?.osdpl;

function isApplied(): Promise<void> {
  return world.until('the cloud is applied', async () => (await osdpl())?.state === 'APPLIED');
}

/** A change, which takes hold elsewhere in the cloud as well, is refused whole; put right, all goes on. */
async function isRefused(patch: SpecPatch, message: string): Promise<void> {
  const mark = world.calls.length;
  await set({ ...patch, region_name: 'north' });
  await world.until('it is told', async () => (await osdpl())?.state === 'FAILED', 10);
  const { reason, message: told } = (await world.status())?.progress ?? {};
  expect([reason, told]).toEqual(['VolumesStay', expect.stringContaining(message)]);
  await world.clock.advance(600_000);
  expect(world.writesSince(mark).filter((write) => !/ status$|^create Event /.test(write))).toEqual([]);
  await set({});
  await isApplied();
}

async function claimed(): Promise<readonly unknown[]> {
  const objects: (KubeObject | undefined)[] = [
    await world.api.get(StatefulSetKind, database),
    await world.api.get(PersistentVolumeClaimKind, backups),
  ];
  return objects.flatMap((object) => (object === undefined ? [] : claimsIn(object)));
}

describe('volumes of a cloud that runs', () => {
  it.each<[string, SpecPatch, string]>([
    [
      'another class of local volumes',
      { local_volume_storage_class: 'other' },
      'spec.local_volume_storage_class: the volumes',
    ],
    [
      'a database that leaves local volumes',
      { features: { database: { local_volumes: { enabled: false } } } },
      'spec.features.database.local_volumes.enabled: the volumes mysql-data of StatefulSet openstack/mariadb-server are of the storage class local',
    ],
    [
      'another class of kept volumes',
      { persistent_volume_storage_class: 'other' },
      'spec.persistent_volume_storage_class: the volume of PersistentVolumeClaim openstack/mariadb-phy-backup-data is of the storage class kept',
    ],
    [
      'a larger volume of the database',
      { services: { database: { mariadb: { values: { volume: { size: '9Gi' } } } } } },
      'spec.services.database.mariadb.values.volume.size: the volumes mysql-data of StatefulSet openstack/mariadb-server are 5Gi large',
    ],
    ['a smaller one of backups', backupSize('1Gi'), 'is 20Gi large, and none can shrink: leave it 20Gi'],
    ['a larger one of backups on a class that does not grow', backupSize('30Gi'), 'lets none grow'],
  ])('stay: %s', (_, patch, message) => isRefused(patch, message));

  it('grow where their class lets them', async () => {
    const storage: StorageClass & { provisioner: string } = {
      apiVersion: apiVersionOf(StorageClassKind),
      kind: StorageClassKind.kind,
      metadata: { name: 'kept' },
      provisioner: 'test',
      allowVolumeExpansion: true,
    };
    await world.apply(storage);
    await set(backupSize('30Gi'));
    await world.until('it has grown', async () => JSON.stringify(await claimed()).includes('30Gi'), 60);
    await isApplied();
  });

  it('are others once the StatefulSet was deleted while the cloud is a draft', async () => {
    const moved = { ...backupSize('30Gi'), local_volume_storage_class: 'other' };
    await set({ ...backupSize('30Gi'), draft: true });
    await world.clock.advance(5_000);
    for (const { metadata } of (await world.api.list(StatefulSetKind)).items)
      await world.api.delete(StatefulSetKind, metadata, { propagation: 'Orphan' });
    await world.clock.advance(60_000);
    expect((await world.api.list(StatefulSetKind)).items).toEqual([]);
    await set(moved);
    await world.until(
      'the database is there',
      async () => (await world.api.get(StatefulSetKind, database)) !== undefined,
    );
    await isApplied();
    expect(await claimed()).toEqual([
      { name: 'mysql-data', storageClass: 'other', size: '5Gi' },
      { name: backups.name, storageClass: 'kept', size: '30Gi' },
    ]);
  });
});
