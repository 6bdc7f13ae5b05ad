import {
  type ConfigMap,
  ConfigMapKind,
  type Job,
  JobKind,
  type KubeObject,
  type ObjectKey,
  OpenStackDeploymentKind,
  OpenStackDeploymentStatusKind,
} from '@keelson/api';
import { type MigrationHold, migrationHoldIn } from '@keelson/mosk';
import { terminal } from '@keelson/std';
import { type HermeticCluster, hermeticCluster, type HermeticOptions } from '@keelson/testing';
import { aDeployment } from '../../../../openstack-svc/src/deployment/deployment.fixtures.js';
import { migrationReconciler } from '../../../src/migration/migration.reconciler.js';
import type { Leftover, Networks } from '../../../src/migration/networks.js';
import { stages } from '../../../src/migration/stages.js';
import { namespace } from '../sdn-world.js';

export const cloudKey: ObjectKey = { namespace: 'openstack', name: 'osh' };
const stateKey = { namespace: 'openstack', name: 'ovs-ovn-migration-state' };
export const backupKey = { namespace: 'openstack', name: 'ovs-ovn-migration-backup' };
const nothing: Networks = {
  networks: [],
  subnets: [],
  ports: [],
  routers: [],
  floatingips: [],
  rules: [],
  bridgeMappings: [],
};

/** A cloud on Open vSwitch, with the migration at work; openstack-svc is played by `play`. */
export class MigrationWorld {
  readonly cluster: HermeticCluster;
  networks: Networks = nothing;
  silent: readonly string[] = [];
  leftovers: readonly Leftover[] = [];
  /** Why neutron does not remove one, by its id. */
  readonly refused = new Map<string, string>();

  constructor(cluster: HermeticCluster) {
    this.cluster = cluster;
  }

  /** The stages as they are written down. */
  async state(): Promise<Readonly<Record<string, string>> | undefined> {
    return (await this.cluster.find<ConfigMap>(ConfigMapKind, stateKey))?.data;
  }

  async progress(): Promise<{ message: string; deadline: string; abort: string } | undefined> {
    const map = await this.cluster.find(ConfigMapKind, stateKey);
    const text = map?.metadata.annotations?.['keelson.dev/progress'];
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** What the owner of the cloud is told of why it does not get on. */
  async hold(): Promise<MigrationHold | undefined> {
    return migrationHoldIn(await this.cluster.find<ConfigMap>(ConfigMapKind, stateKey));
  }

  ask(annotations: Readonly<Record<string, string | null>>): Promise<unknown> {
    const named = Object.entries(annotations).map(([name, value]) => [`keelson.dev/ovs-ovn-migration${name}`, value]);
    const patch = { metadata: { annotations: Object.fromEntries(named) } };
    return this.cluster.api.patch(OpenStackDeploymentKind, cloudKey, patch, { fieldManager: 'operator' });
  }

  backupJob(): Promise<Job | undefined> {
    return this.cluster.find(JobKind, backupKey);
  }

  /** The Job of the backup ends so. */
  backsUp(status: NonNullable<Job['status']>): Promise<unknown> {
    return this.cluster.report(JobKind, backupKey, status);
  }

  /** openstack-svc has applied a stage and seen it ready. */
  async rendered(stage: string): Promise<void> {
    const metadata = {
      name: 'ovs-ovn-migration-rendered',
      namespace: 'openstack',
      labels: { application: 'ovs-ovn-migration' },
    };
    const marker: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { stage } };
    await this.cluster.apply(marker);
  }

  /** Plays openstack-svc until all stages are done or the limit is reached. */
  async play(): Promise<void> {
    for (const stage of stages.slice(1)) {
      await this.cluster.until(`${stage} begins`, async () => (await this.state())?.[stage] === 'started');
      await this.rendered(stage);
    }
    await this.cluster.until('all is done', async () => (await this.state())?.['60_CLEANUP'] === 'completed');
    await this.cluster.until('it is let go', async () => (await this.finalizers()).length === 0);
  }

  async finalizers(): Promise<readonly string[]> {
    return (await this.cluster.get(OpenStackDeploymentKind, cloudKey)).metadata.finalizers ?? [];
  }

  async backend(): Promise<string | undefined> {
    return (await this.cluster.get(OpenStackDeploymentKind, cloudKey)).spec.features?.neutron?.backend;
  }
}

export async function aMigrationWorld(options: HermeticOptions = {}): Promise<MigrationWorld> {
  const cluster = await hermeticCluster({ ...options, profile: 'child' });
  const world = new MigrationWorld(cluster);
  await cluster.apply(namespace('openstack'), aDeployment({ preset: 'core' }));
  const status = { apiVersion: 'lcm.mirantis.com/v1alpha1', kind: 'OpenStackDeploymentStatus', metadata: cloudKey };
  await cluster.apply({ ...status, metadata: { namespace: 'openstack', name: 'osh' } }, credential());
  await cluster.apply(backupCronJob());
  await world.ask({ '-without-backup': 'true' });
  await cluster.report(OpenStackDeploymentStatusKind, cloudKey, { osdpl: { state: 'APPLIED' } });
  await cluster.run('sdn-svc', [
    migrationReconciler(() => ({
      networks: () => Promise.resolve(world.networks),
      silentControllers: () => Promise.resolve(world.silent),
      leftovers: () => Promise.resolve(world.leftovers),
      remove: ({ id }) => {
        const why = world.refused.get(id);
        if (why !== undefined) return Promise.reject(terminal(why));
        world.leftovers = world.leftovers.filter((leftover) => leftover.id !== id);
        return Promise.resolve();
      },
    })),
  ]);
  return world;
}

function backupCronJob(): KubeObject & { readonly spec: object } {
  const containers = [{ name: 'phy-backup', image: 'mariadb' }];
  const template = { spec: { restartPolicy: 'Never', containers } };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'mariadb-phy-backup', namespace: 'openstack', labels: { application: 'mariadb' } },
    spec: { schedule: '0 1 * * *', jobTemplate: { spec: { backoffLimit: 2, template } } },
  };
}

function credential(): ConfigMap {
  const text = { username: 'admin', password: 'S3cret' };
  const data = Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const metadata = {
    name: 'generated-keystone-admin',
    namespace: 'openstack',
    labels: { 'keelson.dev/sdn-exchange': 'from-openstack' },
  };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: Object.fromEntries(data) };
}
