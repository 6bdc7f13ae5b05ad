import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@keelson/std';
import { type ServedCluster, serveCluster } from '../../../apps/lab/src/workloads/served-cluster.fixtures.js';
import {
  type SimulatedCluster,
  aSimulatedCluster,
  anObject,
  namespace,
  template,
  workload,
} from '../../../apps/lab/src/workloads/simulated-cluster.fixtures.js';
import { type Kubectl, findKubectl, kubectl } from './kubectl.fixtures.js';

/** How kubectl sees rollouts, drains and jobs of a simulated cluster, whose time runs fifty times as fast meanwhile. */
const [found] = findKubectl(['1.33']);

(found?.path === undefined ? describe.skip : describe)('kubectl on simulated workloads', () => {
  let cluster: SimulatedCluster;
  let served: ServedCluster;
  let k: Kubectl;
  let isOver = false;
  const directory = mkdtempSync(join(tmpdir(), 'keelson-kubectl-'));
  const runTime = (): void => {
    systemClock.schedule(10, () => void cluster.clock.advance(500).then(() => (isOver ? undefined : runTime())));
  };
  beforeAll(async () => {
    cluster = await aSimulatedCluster(3);
    served = await serveCluster(cluster.api);
    const kubeconfig = join(directory, 'kubeconfig');
    writeFileSync(kubeconfig, served.kubeconfig('admin', ['system:masters']), { mode: 0o600 });
    k = kubectl(found?.path ?? '', { kubeconfig, directory }, namespace);
    runTime();
  });
  afterAll(async () => {
    isOver = true;
    await served.close();
    rmSync(directory, { recursive: true });
  });
  const done = (what: string): Promise<string> => k(`rollout status ${what} --timeout 15s`);
  const image = (what: string): Promise<string> =>
    k(`get ${what} -o jsonpath={.spec.template.spec.containers[0].image}`);

  it('rolls a Deployment out, back, and anew', async () => {
    await k('create deployment web --image shop:1 --replicas 3');
    expect(await done('deployment/web')).toContain('deployment "web" successfully rolled out');
    await k('set image deployment/web shop=shop:2');
    await done('deployment/web');
    expect(await k('rollout history deployment/web')).toMatch(/^1 .*\n^2 /m);
    await k('rollout undo deployment/web');
    await done('deployment/web');
    expect(await image('deployment/web')).toBe('shop:1');
    await k('rollout restart deployment/web');
    await done('deployment/web');
    expect(await k('get deployment web')).toMatch(/web +3\/3 +3 +3/);
    expect(await k('get pods -l app=web')).toMatch(/(web-\S+ +1\/1 +Running +0 .*\n){3}/);
  });

  it.each(['StatefulSet', 'DaemonSet'])('rolls a %s out and back', async (kind) => {
    const name = kind.toLowerCase();
    const more = kind === 'StatefulSet' ? { replicas: 2, serviceName: name } : {};
    await k('apply -f -', workload(kind, name, more));
    await done(`${kind}/${name}`);
    await k(`set image ${kind}/${name} main=shop:2`);
    await done(`${kind}/${name}`);
    await k(`rollout undo ${kind}/${name} --to-revision 1`);
    await done(`${kind}/${name}`);
    expect(await image(`${kind}/${name}`)).toBe('shop:1');
  });

  it('drains a node as a budget allows, and lets it back', async () => {
    const budget = { minAvailable: 2, selector: { matchLabels: { app: 'store' } } };
    await k('apply -f -', anObject('policy/v1', 'PodDisruptionBudget', { name: 'store', namespace }, budget));
    await k('apply -f -', workload('Deployment', 'store', { replicas: 3 }, template('store')));
    await done('deployment/store');
    const drained = await k('drain n1 --ignore-daemonsets --force --timeout 18s');
    expect(drained).toContain('node/n1 drained');
    expect(await k('get node n1')).toContain('Ready,SchedulingDisabled');
    await done('deployment/store');
    expect(await k('get pods -l app=store -o wide')).not.toMatch(/ n1 /);
    expect(await k('get pdb store')).toMatch(/store +2 +N\/A +1 /);
    await k('uncordon n1');
  });

  it('waits for jobs, and shows claims bound and Services with addresses', async () => {
    await k('create job once --image shop:1');
    await k('wait --for condition=complete job/once --timeout 15s');
    expect(await k('get job once')).toMatch(/once +Complete +1\/1/);
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    await k('apply -f -', anObject('v1', 'PersistentVolumeClaim', { name: 'disk', namespace }, claim));
    await k('wait --for jsonpath={.status.phase}=Bound pvc/disk --timeout 15s');
    await k('expose deployment web --port 80');
    expect(await k('get service web')).toMatch(/web +ClusterIP +10\.233\.\d+\.\d+ +<none> +80\/TCP/);
  });
});
