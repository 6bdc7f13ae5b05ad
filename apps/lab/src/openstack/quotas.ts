import type { SimulatedCloud } from './cloud.js';
import { type Doc, ok, type Route } from './exchange.js';
import type { Instance } from './compute/servers.js';

/** Nobody is short of anything here: every quota is without an end, and what is used is counted. */
export function quotaRoutes(cloud: SimulatedCloud): readonly Route[] {
  const sets = Object.fromEntries([...computeQuotas, ...Object.keys(used([]))].map((name) => [name, -1]));
  const quotas: Route[2] = (_, { project = '' }) => ok({ quota_set: { id: project, ...sets } });
  const limits: Route[2] = ({ query }) => {
    const project = query.get('tenant_id') ?? cloud.project;
    return ok({ limits: { rate: [], absolute: absoluteLimits(ofProject(cloud, project)) } });
  };
  return [
    ['GET', '/v2.1/limits', limits],
    ['GET', '/v2.1/os-quota-sets/:project', quotas],
    ['GET', '/v2.1/os-quota-sets/:project/defaults', quotas],
    ['GET', '/v2.1/os-simple-tenant-usage', () => ok({ tenant_usages: usages(cloud) })],
    [
      'GET',
      '/v2.1/os-simple-tenant-usage/:project',
      (_, { project = '' }) => ok({ tenant_usage: usageOf(cloud, project) }),
    ],
  ];
}

/** Of cinder. */
export function volumeQuotaRoutes(cloud: SimulatedCloud): readonly Route[] {
  const names = ['volumes', 'snapshots', 'backups', 'gigabytes', 'backup_gigabytes', 'per_volume_gigabytes', 'groups'];
  const set = Object.fromEntries(names.map((name) => [name, -1]));
  const quotas: Route[2] = (_, { id = '' }) => ok({ quota_set: { id, ...set } });
  return [
    ['GET', '/v3/:project/os-quota-sets/:id', quotas],
    ['GET', '/v3/:project/os-quota-sets/:id/defaults', quotas],
    ['GET', '/v3/:project/limits', () => ok({ limits: { rate: [], absolute: volumeLimits(cloud) } })],
  ];
}

/** Of neutron. */
export function networkQuotaRoutes(): readonly Route[] {
  const names = ['network', 'subnet', 'subnetpool', 'port', 'router', 'floatingip', 'rbac_policy'];
  const quota = Object.fromEntries([...names, 'security_group', 'security_group_rule'].map((name) => [name, -1]));
  return [
    ['GET', '/v2.0/quotas/:project', () => ok({ quota })],
    ['GET', '/v2.0/quotas/:project/default', () => ok({ quota })],
  ];
}

const computeQuotas = ['key_pairs', 'metadata_items', 'server_groups', 'server_group_members'] as const;

function ofProject({ instances }: SimulatedCloud, project: string): readonly Instance[] {
  return [...instances.all()].filter((instance) => instance.project === project);
}

function used(instances: readonly Instance[]): Readonly<Record<'cores' | 'instances' | 'ram', number>> {
  const sum = (of: (one: Instance) => number): number => instances.reduce((total, one) => total + of(one), 0);
  return {
    cores: sum(({ flavor }) => flavor.vcpus),
    instances: instances.length,
    ram: sum(({ flavor }) => flavor.ram),
  };
}

function absoluteLimits(instances: readonly Instance[]): Doc {
  const { cores, ram } = used(instances);
  return {
    maxTotalInstances: -1,
    maxTotalCores: -1,
    maxTotalRAMSize: -1,
    maxServerMeta: -1,
    maxTotalKeypairs: -1,
    maxServerGroups: -1,
    maxServerGroupMembers: -1,
    totalInstancesUsed: instances.length,
    totalCoresUsed: cores,
    totalRAMUsed: ram,
    totalServerGroupsUsed: 0,
  };
}

function volumeLimits(cloud: SimulatedCloud): Doc {
  const volumes = cloud.collection('volumes').list(new URLSearchParams());
  return {
    maxTotalVolumes: -1,
    maxTotalSnapshots: -1,
    maxTotalBackups: -1,
    maxTotalVolumeGigabytes: -1,
    maxTotalBackupGigabytes: -1,
    totalVolumesUsed: volumes.length,
    totalGigabytesUsed: volumes.reduce((sum, { size }) => sum + Number(size ?? 0), 0),
    totalSnapshotsUsed: cloud.collection('snapshots').list(new URLSearchParams()).length,
    totalBackupsUsed: 0,
    totalBackupGigabytesUsed: 0,
  };
}

function usages(cloud: SimulatedCloud): readonly Doc[] {
  const projects = new Set([...cloud.instances.all()].map(({ project }) => project));
  return [...projects].map((project) => usageOf(cloud, project));
}

/** Since the servers were made. */
function usageOf(cloud: SimulatedCloud, project: string): Doc {
  const own = ofProject(cloud, project);
  if (own.length === 0) return {};
  const sum = (of: (one: Instance) => number): number =>
    own.reduce((total, one) => total + (of(one) * (cloud.clock.now() - one.createdAt)) / 3_600_000, 0);
  return {
    tenant_id: project,
    total_hours: sum(() => 1),
    total_vcpus_usage: sum(({ flavor }) => flavor.vcpus),
    total_memory_mb_usage: sum(({ flavor }) => flavor.ram),
    total_local_gb_usage: sum(({ flavor }) => flavor.disk),
    server_usages: own.map(({ id, name }) => ({ instance_id: id, name })),
  };
}
