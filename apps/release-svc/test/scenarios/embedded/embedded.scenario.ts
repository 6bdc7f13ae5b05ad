import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Cluster,
  ClusterKind,
  type Deployment,
  DeploymentKind,
  type KubeObject,
  type MCCUpgrade,
  MCCUpgradeKind,
} from '@keelson/api';
import { silentLog, terminal } from '@keelson/std';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { load } from 'js-yaml';
import { lifecycleReconcilers } from '../../../../lifecycle-svc/src/reconcilers.js';
import { releaseReconcilers } from '../../../src/reconcilers.js';
import { offline } from '../cloud.js';
import { aDeployment, aKaaSRelease } from '../roll/roll.fixtures.js';

const root = new URL('../../../../../', import.meta.url);
const fileOf = (path: string): KubeObject => load(readFileSync(new URL(path, root), 'utf8')) as KubeObject;
const releases = readdirSync(new URL('deploy/releases/', root)).map((name) => fileOf(`deploy/releases/${name}`));
const key = { namespace: 'default', name: 'kaas-mgmt' };
const service = { namespace: 'keelson-system', name: 'release-svc' };

/** lifecycle-svc and release-svc over the releases of this tree and the example of a management cluster without machines. */
describe('a management cluster without machines', () => {
  let world: HermeticCluster;
  let close: () => void;
  /** Simulated: a supervisor that runs the version of a Deployment's image, if it is one of these. */
  let installed: string[];
  let isServing: boolean;

  const cluster = (): Promise<Cluster> => world.get(ClusterKind, key);
  const upgrade = async (): Promise<MCCUpgrade['status']> =>
    (await world.get(MCCUpgradeKind, { name: 'mcc-upgrade' })).status;
  const value = async () => (await cluster()).spec.providerSpec.value;
  const status = async () => (await cluster()).status?.providerStatus;
  const play = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 5) {
      await supervise();
      await world.advance(5);
    }
  };
  const supervise = async (): Promise<void> => {
    const deployment = await world.get(DeploymentKind, service);
    const lacks = installed.includes(tagOf(deployment)) ? undefined : tagOf(deployment);
    await world.report(DeploymentKind, service, {
      observedGeneration: deployment.metadata.generation,
      replicas: 1,
      updatedReplicas: lacks === undefined ? 1 : 0,
      readyReplicas: Number(isServing),
      availableReplicas: Number(isServing),
      conditions: [
        { type: 'Available', status: isServing ? 'True' : 'False', message: isServing ? 'serves' : 'it has ended' },
        ...(lacks === undefined
          ? []
          : [{ type: 'ReplicaFailure', status: 'True', reason: 'VersionMissing', message: `${lacks} is not here` }]),
      ],
    });
  };

  beforeEach(async () => {
    installed = ['0.1.0'];
    isServing = true;
    world = await hermeticCluster();
    const lifecycle = lifecycleReconcilers({
      ...world,
      config: { managementEndpoint: 'https://management.test:6443' },
      log: silentLog,
      connect: () => {
        throw terminal('there is no other cluster');
      },
    });
    close = () => lifecycle.close();
    await world.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
      ...releases,
      aDeployment(service.name, '0.1.0'),
      fileOf('examples/management-cluster/cluster.yaml'),
    );
    await world.run('lifecycle-svc', lifecycle.reconcilers);
    await world.run('release-svc', releaseReconcilers({ ...world, http: offline, config: {} }));
  });
  afterEach(async () => {
    close();
    await world.close();
  });

  it('turns Ready with its services, goes to the newest release of this tree, and the update is over', async () => {
    await world.advance(30);
    expect(await status()).toMatchObject({
      ready: false,
      phase: 'Deploying',
      conditions: [
        { type: 'Provider', ready: true },
        { type: 'Deployments', ready: false, message: 'services that do not serve: release-svc' },
      ],
    });
    await play(60);
    expect([await status(), await value(), await upgrade()]).toMatchObject([
      { ready: true, phase: 'Ready', releaseRefs: { current: { name: 'mgmt-20-4-0' } } },
      { release: 'mgmt-20-4-0', kaas: { release: 'kaas-2-34-0' } },
      {
        message: 'there is no newer release',
        lastUpgrade: { finishedAt: expect.any(String) },
        services: [{ name: 'release-svc', version: '0.1.0', state: 'Done' }],
      },
    ]);
  });

  it('names the version that is not installed, stays Ready meanwhile, and is over when it is', async () => {
    await play(60);
    await world.apply(aKaaSRelease('2.35.0', 'mgmt-20-4-0', { 'release-svc': '0.2.0' }));
    await play(60);
    const missing = expect.stringMatching(/^release-svc does not get to 0\.2\.0 .*0\.2\.0 is not here/);
    const stops = { reason: 'VersionMissing', waitingOn: { kind: 'MCCUpgrade', name: 'mcc-upgrade' } };
    expect((await cluster()).status?.progress).toMatchObject({ state: 'Ready', message: missing, ...stops });
    expect([await status(), await upgrade()]).toMatchObject([{ ready: true }, { message: missing }]);
    expect((await upgrade())?.lastUpgrade?.finishedAt).toBeUndefined();
    installed.push('0.2.0');
    await play(120);
    expect(await upgrade()).toMatchObject({
      lastUpgrade: { finishedAt: expect.any(String) },
      services: [{ name: 'release-svc', version: '0.2.0', state: 'Done' }],
    });
    expect((await cluster()).status?.progress).toEqual({ state: 'Ready', since: expect.any(String) });
  });

  it('is Degraded, by name, while a service does not serve, and no update begins', async () => {
    await play(60);
    isServing = false;
    await play(10);
    await world.apply(aKaaSRelease('2.35.0', 'mgmt-20-4-0', {}));
    await play(60);
    expect([await status(), await upgrade()]).toMatchObject([
      {
        ready: false,
        phase: 'Degraded',
        conditions: [
          { ready: true },
          { message: 'services that do not serve: release-svc; release-svc: it has ended' },
        ],
      },
      { message: expect.stringMatching(/^release-svc goes over to 0\.1\.0 \(0 of 1 services done\)/) },
    ]);
    expect((await value())?.kaas?.release).toBe('kaas-2-34-0');
    isServing = true;
    await play(600);
    expect((await value())?.kaas?.release).toBe('kaas-2-35-0');
  });

  it('goes when it is deleted', async () => {
    await play(60);
    await world.api.delete(ClusterKind, key);
    await play(60);
    expect(await world.find(ClusterKind, key)).toBeUndefined();
  });
});

function tagOf({ spec }: Deployment): string {
  const [container] = (spec?.template?.spec?.['containers'] ?? []) as readonly { readonly image: string }[];
  return container?.image.split(':')[1] ?? '';
}
