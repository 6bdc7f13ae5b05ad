import { expect, it } from '@jest/globals';
import { apiVersionOf, DeploymentKind, type KubeObject, OpenStackDeploymentStatusKind } from '@keelson/api';
import { aDeployment, type SpecPatch } from '../../../src/deployment/deployment.fixtures.js';
import { smallRenderer } from '../../../src/rollout/renderer.fixtures.js';
import { rolloutReconciler } from '../../../src/rollout/rollout.reconciler.js';
import { cloudKey } from '../cloud-world.js';
import { SimulatedWorkloads } from '../simulated-workloads.js';
import { playedInTurn } from './played.js';

const statusObject: KubeObject = {
  apiVersion: apiVersionOf(OpenStackDeploymentStatusKind),
  kind: OpenStackDeploymentStatusKind.kind,
  metadata: { ...cloudKey },
};
const credential: KubeObject & { stringData: object } = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'openstack', name: 'generated-keystone-service' },
  stringData: { username: 'keystone', password: 'a password' },
};
/** One service with a Job, an API and the steps of an upgrade. */
const renderer = { ...smallRenderer, credentials: () => [] };
const aSmallCloud = (patch: SpecPatch = {}): KubeObject =>
  aDeployment({ migration: { without: ['database', 'messaging', 'image', 'compute'] }, ...patch });

it('a cloud is applied, changed and upgraded with nothing lost or done twice, whichever call fails', async () => {
  const times = await playedInTurn(
    () => [
      rolloutReconciler({
        renderer,
        release: () => '21.1.0+26.1',
        findRelease: () => Promise.resolve(undefined),
        host: 'test',
        podsOf: () => Promise.resolve([]),
      }),
    ],
    async (cluster) => {
      const ending = new AbortController();
      const workloads = new SimulatedWorkloads(cluster.api, cluster.clock);
      void workloads.run(ending.signal);
      const isApplied = (what: string, image: string, version: string) =>
        cluster.until(what, async () => {
          const { status } = await cluster.get(OpenStackDeploymentStatusKind, cloudKey);
          const api = await cluster.find(DeploymentKind, { namespace: 'openstack', name: 'keystone-api' });
          return (
            status?.osdpl?.state === 'APPLIED' &&
            status.services?.['identity']?.openstack_version === version &&
            JSON.stringify(api?.spec).includes(`"image":"${image}"`)
          );
        });
      await cluster.apply(credential, aSmallCloud(), statusObject);
      await isApplied('it is applied', 'keystone:epoxy', 'epoxy');
      expect(workloads.completed.splice(0)).toEqual(['keystone-db-sync']);
      await cluster.report(OpenStackDeploymentStatusKind, cloudKey, { osdpl: { health: '1/1' } });
      await cluster.apply(aSmallCloud({ openstack_version: 'gazpacho' }));
      await isApplied('it is upgraded', 'keystone:gazpacho', 'gazpacho');
      expect(workloads.completed).toEqual([
        'keystone-upgrade-check',
        'keystone-expand',
        'keystone-contract',
        'keystone-db-sync',
      ]);
      ending.abort(new Error('over'));
    },
  );
  expect(times).toBeGreaterThan(10);
});
