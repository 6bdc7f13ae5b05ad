import { afterEach, describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  ClusterMaintenanceRequestKind,
  ClusterRoleKind,
  ClusterWorkloadLockKind,
  EventKind,
  type Kind,
  type KubeObject,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  OpenStackDeploymentKind,
  OpenStackDeploymentStatusKind,
  SecretKind,
} from '@keelson/api';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { deschedulerRole } from '../../../src/services/descheduler/index.js';
import { deploymentFinalizer } from '../../../src/removal/removal.plan.js';
import { cloudRenderer, type PlannedService, type Renderer } from '../../../src/rollout/renderer.js';
import { smallRenderer } from '../../../src/rollout/renderer.fixtures.js';
import { aCloudWorld, cloudKey, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

const role = { name: deschedulerRole('openstack') };
const gateway = { namespace: 'openstack-ceph-shared', name: 'openstack-rgw-creds' };

/** What is elsewhere of a cloud: for the storage, and without a namespace. */
const elsewhere: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'Secret', metadata: gateway },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: role },
];

/** Real credentials, few workloads. */
const renderer: Renderer = {
  credentials: (request) => [...smallRenderer.credentials(request), ...cloudRenderer.credentials(request)],
  render: (input) => smallRenderer.render(input).map((service) => (service.name === 'image' ? more(service) : service)),
};

function more(service: PlannedService): PlannedService {
  const stage = { name: 'elsewhere', until: 'applied', timeoutSeconds: 60, objects: elsewhere } as const;
  return { ...service, rendered: { ...service.rendered, stages: [...service.rendered.stages, stage] } };
}

const handedOver = [
  { namespace: 'openstack-external', name: 'openstack-identity-credentials' },
  { namespace: 'openstack-lma-shared', name: 'rabbitmq-creds' },
  { namespace: 'openstack-lma-shared', name: 'openstack-lma-config' },
  { namespace: 'openstack', name: 'openstack-iam-shared' },
  gateway,
];

async function aCloud(): Promise<void> {
  world = await aCloudWorld({ ports: { renderer } });
  const labels = { 'openstack-control-plane': 'enabled' };
  await world.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'ctl-1', labels } });
  const features = {
    stacklight: { enabled: true },
    keystone: { keycloak: { enabled: true, url: 'https://keycloak.example.org' } },
  };
  await world.apply(aDeployment({ features }));
  await world.until('the cloud is applied', async () => (await world.status())?.osdpl?.state === 'APPLIED');
  await world.until('all is handed over', async () => (await present()).length === handedOver.length);
}

async function present(): Promise<readonly string[]> {
  const found = await Promise.all(handedOver.map((key) => world.api.get(SecretKind, key)));
  return found.flatMap((secret) => (secret === undefined ? [] : [secret.metadata.name]));
}

const cloud = () => world.api.get(OpenStackDeploymentKind, cloudKey);
const isGone = async () => (await cloud()) === undefined;
const remove = () => world.api.delete(OpenStackDeploymentKind, cloudKey, { propagation: 'Background' });
const locks = async () => [
  ...(await world.api.list(NodeWorkloadLockKind)).items,
  ...(await world.api.list(ClusterWorkloadLockKind)).items,
];

function request(kind: Kind, name: string, spec: object): KubeObject {
  const whole: KubeObject & { spec: object } = {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name },
    spec,
  };
  return whole;
}

describe('a cloud that is deleted', () => {
  it('takes its locks, what it handed over and what it has without a namespace along, and leaves what others made', async () => {
    await aCloud();
    const keys = { namespace: 'openstack-ceph-shared', name: 'openstack-ceph-keys' };
    await world.apply({ apiVersion: 'v1', kind: 'Secret', metadata: keys });
    expect((await cloud())?.metadata.finalizers).toEqual([deploymentFinalizer]);
    expect((await locks()).map(({ metadata }) => metadata.name)).toEqual(['openstack-ctl-1', 'openstack-osh']);
    expect(await world.api.get(ClusterRoleKind, role)).toBeDefined();
    await remove();
    await world.until('it is gone', isGone, 60);
    expect([await locks(), await present(), await world.api.get(ClusterRoleKind, role)]).toEqual([[], [], undefined]);
    expect(await world.api.get(SecretKind, keys)).toBeDefined();
    await world.clock.advance(600_000);
    expect(await present()).toEqual([]);
    expect(await world.api.get(OpenStackDeploymentStatusKind, cloudKey)).toBeUndefined();
    expect(await world.api.get(SecretKind, { namespace: 'openstack', name: 'generated-keystone-admin' })).toBeDefined();
    await world.apply(aDeployment());
    await world.until('it is applied again', async () => (await world.status())?.osdpl?.state === 'APPLIED');
  });

  it('says what keeps it, and ends when its time is over with a word about what is left', async () => {
    await aCloud();
    await world.api.patch(SecretKind, gateway, { metadata: { finalizers: ['test/reader'] } });
    await remove();
    await world.clock.advance(120_000);
    expect((await cloud())?.status).toMatchObject({
      state: 'DELETING',
      progress: {
        reason: 'Deleting',
        waitingOn: { kind: 'Secret', ...gateway },
        message: expect.stringMatching(
          /^The cloud is deleted when Secret openstack-ceph-shared\/openstack-rgw-creds \(held by test\/reader\) is gone, and at 20.*Z in any case; .*take the finalizer lcm\.mirantis\.com\/rockoon\.osdpl-finalizer away/,
        ),
      },
    });
    expect(await locks()).toEqual([]);
    await world.until('it is gone', isGone, 1_800);
    const told = (await world.api.list(EventKind)).items.filter(({ reason }) => reason === 'LeftBehind');
    expect(told.map(({ message }) => message)).toEqual([
      expect.stringContaining('leaves behind Secret openstack-ceph-shared/openstack-rgw-creds (held by test/reader)'),
    ]);
  });

  it('by force, with the service away, leaves locks that hold no maintenance', async () => {
    await aCloud();
    await world.manager.stop();
    await remove();
    await world.api.patch(OpenStackDeploymentKind, cloudKey, { metadata: { finalizers: null } });
    await world.until('it is gone', isGone, 60);
    await world.kill();
    const spec = { nodeName: 'ctl-1', scope: 'os', release: '21.2.0+26.2' };
    await world.apply(request(NodeMaintenanceRequestKind, 'ctl-1', spec));
    await world.apply(request(ClusterMaintenanceRequestKind, 'update', { release: '21.2.0+26.2' }));
    const states = async () => (await locks()).map(({ status }) => status?.state);
    await world.until('nothing is held', async () => (await states()).every((state) => state === 'inactive'), 60);
    expect(await states()).toHaveLength(2);
  });

  it('as a draft of which nothing was made goes at once', async () => {
    world = await aCloudWorld();
    await world.apply(aDeployment({ draft: true }));
    await world.clock.advance(60_000);
    expect((await cloud())?.metadata.finalizers).toBeUndefined();
    await remove();
    expect(await isGone()).toBe(true);
  });
});
