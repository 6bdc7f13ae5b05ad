import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type KubeObject,
  OpenStackDeploymentKind,
  osdplSecretLabel,
  osdplWatchLabel,
  type ServiceStatus,
} from '@keelson/api';
import { referencesIn } from '../../../src/credentials/references.js';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import type { Renderer } from '../../../src/rollout/renderer.js';
import { smallRenderer } from '../../../src/rollout/renderer.fixtures.js';
import { aCloudWorld, cloudKey, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

/** Its files say what a Secret that the spec names has in it. */
const renderer: Renderer = {
  ...smallRenderer,
  render: (input) => {
    const [named] = referencesIn(input.spec);
    const region_name = named === undefined ? 'RegionOne' : input.secrets.valueFrom(named);
    return smallRenderer.render({ ...input, spec: { ...input.spec, region_name } });
  },
};

const secret = (name: string, label: string, text: string): KubeObject & { stringData: object } => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'openstack', labels: { [label]: 'true' } },
  stringData: { text },
});
const isApplied = async () => (await world.status())?.osdpl?.state === 'APPLIED';
const servicesOf = async (): Promise<readonly (readonly [string, ServiceStatus])[]> =>
  Object.entries((await world.status())?.services ?? {});
const reasonsOf = async (name: string) => {
  const { cause, changes } = (await world.status())?.services?.[name] ?? {};
  return { cause, changes };
};

/** A cloud that is applied and healthy, with nothing left to do. */
async function applied(spec: object = {}): Promise<void> {
  await world.apply(aDeployment({ ...spec }));
  await world.until('the cloud is applied', isApplied);
  await world.until('the cloud is healthy', async () => (await world.status())?.osdpl?.health === '5/5');
  await world.clock.advance(60_000);
}

/** Everything follows, and then nothing is written any more. */
async function settledAgain(): Promise<void> {
  await world.until('something is to be done', async () => !(await isApplied()));
  await world.until('the cloud is applied', isApplied);
  await world.clock.advance(120_000);
  const mark = world.calls.length;
  await world.clock.advance(3_600_000);
  expect(world.writesSince(mark)).toEqual([]);
}

describe('why a cloud is applied, and what of it changed', () => {
  it('is told of the whole and of each service, until the next change', async () => {
    world = await aCloudWorld();
    await applied();
    expect((await world.status())?.osdpl?.cause).toBe('the OpenStackDeployment was made');
    expect((await servicesOf()).map(([, { cause, changes }]) => [cause, changes])).toEqual(
      Array.from({ length: 5 }, () => ['the service is new', undefined]),
    );
    const spec = { region_name: 'Two', features: { nova: { vcpu_type: 'host-model' } } };
    await world.api.patch(OpenStackDeploymentKind, cloudKey, { spec });
    await settledAgain();
    expect((await world.status())?.osdpl).toMatchObject({
      cause: 'the OpenStackDeployment was changed',
      changes: 'spec.features.nova.vcpu_type, spec.region_name',
    });
    expect(await reasonsOf('compute')).toEqual({
      cause: 'the OpenStackDeployment was changed',
      changes: 'Secret nova-etc, Job nova-db-sync, Deployment nova-api, DaemonSet nova-agent',
    });
  });

  it('is told of an upgrade', async () => {
    world = await aCloudWorld();
    await applied({ openstack_version: 'caracal' });
    await world.api.patch(OpenStackDeploymentKind, cloudKey, { spec: { openstack_version: 'epoxy' } });
    await settledAgain();
    expect((await world.status())?.osdpl).toMatchObject({
      cause: 'upgrade from caracal to epoxy',
      changes: 'spec.openstack_version',
    });
    expect((await reasonsOf('compute')).cause).toBe('upgrade from caracal to epoxy');
  });
});

describe('a Secret that a spec names', () => {
  it('runs the Jobs and rolls the pods that are made from it when it changes, and no others', async () => {
    world = await aCloudWorld({ ports: { renderer } });
    await world.apply(secret('authority', osdplSecretLabel, 'One'));
    const ca_cert = { value_from: { secret_key_ref: { name: 'authority', key: 'text' } } };
    await applied({ features: { ssl: { public_endpoints: { ca_cert } } } });
    const runs = world.workloads.completed.length;
    await world.apply(secret('authority', osdplSecretLabel, 'Two'));
    await settledAgain();
    const again = world.workloads.completed.slice(runs);
    expect([...again].sort()).toEqual(['glance-db-sync', 'keystone-db-sync', 'nova-db-sync']);
    expect(await reasonsOf('compute')).toEqual({
      cause: 'Secrets, nodes, storage or options that it is made from were changed',
      changes: 'Secret nova-etc, Job nova-db-sync, Deployment nova-api, DaemonSet nova-agent',
    });
  });

  it('is taken up when it is watched, and rolls nothing that is not made from it', async () => {
    world = await aCloudWorld();
    await world.apply(secret('theirs', osdplWatchLabel, 'One'));
    await applied();
    const hash = async () => {
      const live = await world.api.get(OpenStackDeploymentKind, cloudKey);
      return live?.status?.watched?.['theirs']?.['secret']?.hash;
    };
    const before = await hash();
    expect(before).toMatch(/^[0-9a-f]{16}$/u);
    const mark = world.calls.length;
    await world.apply(secret('theirs', osdplWatchLabel, 'Two'));
    await world.until('it is taken up', async () => (await hash()) !== before);
    await world.clock.advance(60_000);
    expect(world.writesSince(mark)).toEqual(['apply OpenStackDeployment osh status']);
  });
});
