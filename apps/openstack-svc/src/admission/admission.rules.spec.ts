import { describe, expect, it } from '@jest/globals';
import { apiVersionOf, type KubeObject, OpenStackDeploymentStatusKind } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import { silentApi } from './admission.fixtures.js';
import { reviewed } from './admission.review.js';
import { aDeployment, type SpecPatch } from '../deployment/deployment.fixtures.js';

async function refusalOf(request: object, api: KubeApi = silentApi): Promise<string | undefined> {
  const { response } = await reviewed(
    { request: { uid: 'u', kind: { kind: 'OpenStackDeployment' }, ...request } },
    api,
  );
  return response.status?.message;
}

const placed = (namespace: string): KubeObject => {
  const deployment = aDeployment();
  return { ...deployment, metadata: { ...deployment.metadata, namespace } };
};

describe('where a cloud is made', () => {
  it('must be the namespace in which it is looked for', async () => {
    expect(await refusalOf({ operation: 'CREATE', object: placed('openstack') })).toBeUndefined();
    expect(await refusalOf({ operation: 'CREATE', object: placed('default') })).toBe(
      'a cloud belongs into the namespace openstack, where all that works with it looks: in default it would not be found',
    );
  });

  it('does not hold one that is there', async () => {
    const object = placed('default');
    expect(await refusalOf({ operation: 'UPDATE', object, oldObject: object })).toBeUndefined();
    expect(await refusalOf({ operation: 'DELETE', oldObject: object })).toBeUndefined();
  });
});

describe('a release of OpenStack', () => {
  const of = (openstack_version: string): KubeObject => aDeployment({ openstack_version });

  it('that cannot be deployed is refused with those that can, and does not hold a cloud that has it', async () => {
    const refusal = 'spec.openstack_version: yoga cannot be deployed here: choose one of caracal, epoxy, gazpacho';
    expect(await refusalOf({ operation: 'CREATE', object: of('yoga') })).toBe(refusal);
    expect(await refusalOf({ operation: 'UPDATE', oldObject: of('epoxy'), object: of('yoga') })).toBe(refusal);
    expect(await refusalOf({ operation: 'UPDATE', oldObject: of('yoga'), object: of('yoga') })).toBeUndefined();
    expect(await refusalOf({ operation: 'CREATE', object: of('caracal') })).toBeUndefined();
  });
});

describe('volumes of the database', () => {
  const local = (enabled: boolean): SpecPatch => ({ features: { database: { local_volumes: { enabled } } } });
  const status: KubeObject = {
    apiVersion: apiVersionOf(OpenStackDeploymentStatusKind),
    kind: OpenStackDeploymentStatusKind.kind,
    metadata: { name: 'osh', namespace: 'openstack' },
  };
  const shared: SpecPatch = { persistent_volume_storage_class: 'shared' };
  const usual = 'openstack-operator-bind-mounts';
  /** The cloud has begun, with its database on that class. The kind asked for is that of the answer. */
  const standing = (storageClassName: string): KubeApi => {
    const volumeClaimTemplates = [{ metadata: { name: 'mysql-data' }, spec: { storageClassName } }];
    const metadata = { name: 'mariadb-server', namespace: 'openstack' };
    const set: KubeObject & { spec: object } = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec: { volumeClaimTemplates },
    };
    const objects = [status, set];
    const find = (kind: string, name: string) =>
      objects.find((each) => each.kind === kind && each.metadata.name === name);
    return {
      ...silentApi,
      get: ({ kind }, { name }) => {
        const found = find(kind, name);
        return Promise.resolve(found === undefined ? undefined : Object(found));
      },
    };
  };
  const change = (before: SpecPatch, after: SpecPatch, api: KubeApi): Promise<string | undefined> =>
    refusalOf({ operation: 'UPDATE', oldObject: aDeployment(before), object: aDeployment(after) }, api);
  const field = 'spec.features.database.local_volumes.enabled';

  it.each<[string, SpecPatch, SpecPatch, string, boolean]>([
    ['turned off', shared, { ...shared, ...local(false) }, usual, true],
    ['turned on', { ...shared, ...local(false) }, { ...shared, ...local(true) }, 'shared', false],
    ['left out after they were off', { ...shared, ...local(false) }, shared, 'shared', false],
  ])('stay where they are when the spec has local ones %s', async (_, before, after, stands, kept) => {
    expect(await change(before, after, standing(stands))).toContain(
      `${field}: the volumes mysql-data of StatefulSet openstack/mariadb-server are of the storage class ${stands}, and cannot be moved: leave it ${String(kept)}. `,
    );
    expect(await change(before, after, silentApi)).toBeUndefined();
  });

  it('stay on their class', async () => {
    expect(await change({}, { local_volume_storage_class: 'other' }, standing(usual))).toContain(
      `spec.local_volume_storage_class: the volumes mysql-data of StatefulSet openstack/mariadb-server are of the storage class ${usual}`,
    );
  });

  it('do not hold other changes, nor the way back to what stands', async () => {
    expect(await change({}, local(true), standing(usual))).toBeUndefined();
    const off = { ...shared, ...local(false) };
    expect(await change(off, { ...off, size: 'small' }, standing('shared'))).toBeUndefined();
    expect(await change(off, shared, standing(usual))).toBeUndefined();
  });

  it('are not looked at where a spec is wrong or nothing of it changes', async () => {
    expect(await change({}, { preset: 'huge' }, standing(usual))).toBeUndefined();
    const bad = { local_volume_storage_class: 'other' };
    expect(await change(bad, bad, standing(usual))).toBeUndefined();
  });
});
