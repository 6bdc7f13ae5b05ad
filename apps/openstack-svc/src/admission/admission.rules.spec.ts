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

describe('volumes of the database', () => {
  const local = (enabled: boolean): SpecPatch => ({ features: { database: { local_volumes: { enabled } } } });
  const status: KubeObject = {
    apiVersion: apiVersionOf(OpenStackDeploymentStatusKind),
    kind: OpenStackDeploymentStatusKind.kind,
    metadata: { name: 'osh', namespace: 'openstack' },
  };
  /** The kind asked for is that of the answer. */
  const begun: KubeApi = {
    ...silentApi,
    get: (kind) => Promise.resolve(kind.kind === status.kind ? Object(status) : undefined),
  };
  const change = (before: SpecPatch, after: SpecPatch, api: KubeApi): Promise<string | undefined> =>
    refusalOf({ operation: 'UPDATE', oldObject: aDeployment(before), object: aDeployment(after) }, api);
  const field = 'spec.features.database.local_volumes.enabled';

  it.each<[string, SpecPatch, SpecPatch, boolean]>([
    ['turned off', {}, local(false), true],
    ['turned on', local(false), local(true), false],
    ['left out after they were off', local(false), {}, false],
  ])('stay where they are when the spec has local ones %s', async (_, before, after, kept) => {
    expect(await change(before, after, begun)).toBe(
      `${field}: the database has its volumes since the cloud was made, and they cannot be moved: leave it ${String(kept)}`,
    );
    expect(await change(before, after, silentApi)).toBeUndefined();
  });

  it('do not hold other changes', async () => {
    expect(await change({}, local(true), begun)).toBeUndefined();
    expect(await change(local(false), { ...local(false), size: 'small' }, begun)).toBeUndefined();
  });
});
