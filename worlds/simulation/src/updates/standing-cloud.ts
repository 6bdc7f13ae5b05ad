import { readFileSync } from 'node:fs';
import { MachineKind, type KubeObject, OpenStackDeploymentKind, apiVersionOf } from '@keelson/api';
import type { SavedObjects } from '@keelson/lab';
import { loadAll } from 'js-yaml';
import type { CloudStart, HostPace } from './hosts.js';
import type { SavedWorld } from './saved-world.js';
import { standingCluster, standingWorld } from './standing.js';
import { UpdateWorld } from './update-world.js';

/** A cluster that stands and carries a cloud. */
export interface StandingCloud {
  readonly saved: SavedWorld;
  readonly childObjects: SavedObjects;
  readonly openstack: CloudStart;
}

const rights = new URL('../../../../deploy/rbac/openstack-svc.yaml', import.meta.url);
const limitSeconds = 7_200;
const serversPerCompute = 3;
const quick: HostPace = { item: () => 5, reboot: () => 60 };
/** Three workers are all there is: each carries a member of everything, and instances. */
const roles = ['openstack-control-plane', 'openstack-gateway', 'openstack-compute-node', 'openvswitch'];
let made: Promise<StandingCloud> | undefined;

/**
 * The standing cluster with a small cloud on its workers, which the real openstack-svc has built over simulated nodes and a
 * simulated OpenStack. Built once in a process.
 */
export function standingCloud(): Promise<StandingCloud> {
  return (made ??= build());
}

async function build(): Promise<StandingCloud> {
  const world = await UpdateWorld.open({
    seed: 'standing-cloud',
    saved: await standingWorld(),
    cluster: standingCluster,
    pace: quick,
    stepSeconds: () => 10,
    openstack: { serversPerCompute },
  });
  try {
    await label(world);
    await giveAccount(world);
    await world.until('openstack-svc knows the cluster', () => hasKinds(world), limitSeconds);
    await world.child.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'openstack' } }, operator);
    await world.child.apply(cloud, operator);
    await world.until('the cloud is applied', () => world.isCloudWell(), limitSeconds);
    await world.settle(limitSeconds);
    return {
      saved: world.saved(),
      childObjects: world.hosts.childObjects(),
      openstack: { serversPerCompute, saved: world.hosts.cloud() },
    };
  } finally {
    await world.close();
  }
}

const operator = { fieldManager: 'kubectl', force: true };

/** The service's account in clusters, as it comes with this version: lifecycle-svc makes it there. */
async function giveAccount({ api }: UpdateWorld): Promise<void> {
  const objects = loadAll(readFileSync(rights, 'utf8')) as KubeObject[];
  for (const object of objects)
    if (object.kind === 'Namespace' || object.kind === 'ConfigMap') await api.apply(object, operator);
}

async function label({ api, hosts, cluster }: UpdateWorld): Promise<void> {
  const nodeLabels = roles.map((key) => ({ key, value: 'enabled' }));
  for (const [name, { role }] of hosts.versions())
    if (role === 'worker')
      await api.patch(
        MachineKind,
        { namespace: cluster.namespace, name },
        { spec: { providerSpec: { value: { nodeLabels } } } },
      );
}

async function hasKinds({ child, hosts }: UpdateWorld): Promise<boolean> {
  const ready = hosts
    .stored('nodes')
    .filter(({ metadata }) => metadata.labels?.['openstack-compute-node'] !== undefined);
  if (ready.length < 3) return false;
  return child.list(OpenStackDeploymentKind).then(
    () => true,
    () => false,
  );
}

const cloud: KubeObject & { spec: object } = {
  apiVersion: apiVersionOf(OpenStackDeploymentKind),
  kind: OpenStackDeploymentKind.kind,
  metadata: { namespace: 'openstack', name: 'osh' },
  spec: {
    openstack_version: 'epoxy',
    preset: 'core',
    size: 'tiny',
    public_domain_name: 'cloud.example.org',
    features: {
      neutron: { tunnel_interface: 'tenant' },
      nova: { live_migration_interface: 'lm' },
    },
  },
};
