import {
  ClusterKind,
  DeploymentKind,
  KaaSReleaseKind,
  type KubeObject,
  LicenseKind,
  type MCCUpgrade,
  MCCUpgradeKind,
  SecretKind,
} from '@keelson/api';
import type { WhyLink } from '@keelson/contracts';
import type { Manager } from '@keelson/reconcile';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { releaseReconcilers } from '../../../src/reconcilers.js';
import { offline } from '../cloud.js';
import { aToken, issuerKey } from '../license/license.fixtures.js';
import { aDeployment, aKaaSRelease, aManagementCluster, deploymentStatus } from '../roll/roll.fixtures.js';

export const managementKey = { namespace: 'default', name: 'kaas-mgmt' };
export const oldKey = { namespace: 'demo', name: 'old' };
const upgradeKey = { name: 'mcc-upgrade' };
const firstService = { namespace: 'keelson-system', name: 'baremetal-svc' };
const services = ['baremetal-svc', 'lifecycle-svc'];
const running = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
const onOne = { releaseRefs: { current: { name: 'mgmt-1' } } };

/** A management cluster on 2.31.0 with two services in version 0.1.0, and nothing newer at first. All of it is simulated. */
export class ManagementWorld {
  readonly world: HermeticCluster;
  readonly #manager: Manager;

  private constructor(world: HermeticCluster, manager: Manager) {
    this.world = world;
    this.#manager = manager;
  }

  static async open(): Promise<ManagementWorld> {
    const world = await hermeticCluster();
    await world.apply(
      ...['default', 'demo'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      aKaaSRelease('2.31.0', 'mgmt-1', {}),
      aManagementCluster(managementKey, 'kaas-2-31-0', 'mgmt-1'),
      ...services.map((name) => aDeployment(name, '0.1.0')),
    );
    for (const name of services) await world.report(DeploymentKind, { ...firstService, name }, running);
    await world.report(ClusterKind, managementKey, { providerStatus: { ready: true, ...onOne } });
    const config = { licenseIssuerKey: issuerKey };
    const manager = await world.run('release-svc', releaseReconcilers({ ...world, http: offline, config }));
    const opened = new ManagementWorld(world, manager);
    const isAtRest = async (): Promise<boolean> => {
      const upgrade = await world.find(MCCUpgradeKind, upgradeKey);
      return upgrade?.status?.progress?.state === 'UpToDate';
    };
    await world.until('there is nothing to update', isAtRest);
    return opened;
  }

  upgrade(): Promise<MCCUpgrade> {
    return this.world.get(MCCUpgradeKind, upgradeKey);
  }

  async why(): Promise<readonly WhyLink[]> {
    return (await this.#manager.why(MCCUpgradeKind.kind, upgradeKey)).chain;
  }

  set(spec: object): Promise<unknown> {
    return this.world.api.patch(MCCUpgradeKind, upgradeKey, { spec });
  }

  /** The next release appears, with the services in version 0.2.0. */
  release(supported: readonly string[] = []): Promise<void> {
    const versions = Object.fromEntries(services.map((name) => [name, '0.2.0']));
    return this.world.apply(aKaaSRelease('2.32.0', 'mgmt-1', versions, supported));
  }

  pullBack(): Promise<unknown> {
    const annotations = { 'keelson.dev/pulled-back': '2026-01-01' };
    return this.world.api.patch(KaaSReleaseKind, { name: 'kaas-2-32-0' }, { metadata: { annotations } });
  }

  /** What lifecycle-svc would say of the management Cluster. */
  report(more: { readonly ready?: boolean; readonly maintenance?: boolean }, progress?: object): Promise<unknown> {
    const providerStatus = { ready: true, ...onOne, ...more };
    return this.world.report(ClusterKind, managementKey, { providerStatus, ...(progress && { progress }) });
  }

  /** Another cluster, on a release of its own. */
  async oldCluster(more: object = {}): Promise<void> {
    const { spec, ...rest }: KubeObject & { spec?: object } = aManagementCluster(oldKey, '', '');
    await this.world.apply({
      ...rest,
      spec: { ...spec, providerSpec: { value: { release: 'mosk-1' } } },
    } as KubeObject);
    const providerStatus = { ready: true, releaseRefs: { current: { name: 'mosk-1' } }, ...more };
    await this.world.report(ClusterKind, oldKey, { providerStatus });
  }

  /** A license that ends in a minute, and that minute. */
  async licenseEnded(): Promise<void> {
    const value = aToken({ sub: 'acme', exp: Math.round(this.world.clock.now() / 1000) + 60 });
    const license: KubeObject & { spec: object } = {
      apiVersion: 'kaas.mirantis.com/v1alpha1',
      kind: LicenseKind.kind,
      metadata: { name: 'license' },
      spec: { license: { value } },
    };
    await this.world.apply(license);
    await this.world.until('it is kept', async () => (await this.world.find(SecretKind, licenseSecret)) !== undefined);
    await this.world.advance(60);
  }

  /** The first service is told to go over, and its controller has taken notice. */
  async rolls(): Promise<void> {
    await this.release();
    await this.#isMoved();
    await this.seen();
  }

  /** What the controller of Deployments would say of the first service while its new process starts beside the old one. */
  async seen(...conditions: readonly object[]): Promise<void> {
    const deployment = await this.world.get(DeploymentKind, firstService);
    const status = deploymentStatus({ ...deployment, status: {} }, false);
    await this.world.report(DeploymentKind, firstService, { ...status, conditions });
  }

  paused(): Promise<unknown> {
    return this.world.api.patch(DeploymentKind, firstService, { spec: { paused: true } });
  }

  #isMoved(): Promise<void> {
    return this.world.until('the first service is moved', async () => {
      const { metadata } = await this.world.get(DeploymentKind, firstService);
      return metadata.annotations?.['keelson.dev/rolled-at'] !== undefined;
    });
  }
}

const licenseSecret = { namespace: 'keelson-system', name: 'license' };
