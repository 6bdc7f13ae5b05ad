import { expect, it } from '@jest/globals';
import {
  apiVersionOf,
  ConfigMapKind,
  DaemonSetKind,
  DeploymentKind,
  type Job,
  JobKind,
  type Kind,
  type KubeObject,
  NodeKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  OpenStackDeploymentStatusKind,
  PodKind,
  StatefulSetKind,
} from '@keelson/api';
import { nodeLockReconciler } from '@keelson/mosk';
import type { HostPart } from '@keelson/openstack';
import type { HttpRequest } from '@keelson/std';
import type { HermeticCluster } from '@keelson/testing';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { healthReconciler } from '../../../src/health/health.reconciler.js';
import type { Hypervisors } from '../../../src/locks/hypervisors.js';
import { innerStateAnnotation, lockController, takenOutAnnotation } from '../../../src/locks/lock-controller.js';
import { nodeLockRules } from '../../../src/locks/nodelock.rules.js';
import { deploymentLabel } from '../../../src/names.js';
import { podsOver } from '../../../src/outage/pods.js';
import type { MemberReport } from '../../../src/ovn/member-report.js';
import { ovnReconciler } from '../../../src/ovn/ovn.reconciler.js';
import { endStatus, refillTemplate } from '../../../src/ovn/refill.fixtures.js';
import { cloudApisOver } from '../../../src/probes/cloud-apis.js';
import { LatestChecks } from '../../../src/probes/latest.js';
import { probesReconciler } from '../../../src/probes/probes.reconciler.js';
import { cloudServices } from '../../../src/services/index.js';
import { cloudKey } from '../cloud-world.js';
import { SimulatedHypervisors } from '../simulated-hypervisors.js';
import { wellCloud } from '../well-cloud.js';
import { eachPortCallFailing, type FailingPort, playedInTurn, playedWell } from './played.js';

type Whole = KubeObject & { readonly spec?: object };
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const workload = (kind: Kind, name: string, labels: Record<string, string>, replicas: number): Whole => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { name, namespace: 'openstack', labels },
  spec: { replicas, selector: { matchLabels: { a: 'b' } }, template },
});
const statusObject: KubeObject = {
  apiVersion: apiVersionOf(OpenStackDeploymentStatusKind),
  kind: OpenStackDeploymentStatusKind.kind,
  metadata: { ...cloudKey },
};
const admin: KubeObject & { stringData: object } = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'openstack', name: 'generated-keystone-admin' },
  stringData: { username: 'admin', password: 'a password' },
};
const served = { state: 'APPLIED', openstack_version: 'epoxy' };

it('health is told as it is and heals, whichever call to the API or to nova fails', async () => {
  const key = { namespace: 'openstack', name: 'nova-api' };
  const api = workload(
    DeploymentKind,
    key.name,
    { [deploymentLabel]: 'osh', application: 'nova', component: 'api' },
    2,
  );
  const play = async (cluster: HermeticCluster): Promise<void> => {
    const report = (availableReplicas: number) =>
      cluster.report(DeploymentKind, key, { observedGeneration: 1, replicas: 2, availableReplicas });
    const told = (health: string, what: string) =>
      cluster.until(what, async () => {
        const { status } = await cluster.get(OpenStackDeploymentStatusKind, cloudKey);
        return status?.osdpl?.health === health && status.health?.['nova']?.['check-alive']?.status === 'Ready';
      });
    await cluster.apply(admin, statusObject, api);
    await report(2);
    await cluster.report(OpenStackDeploymentStatusKind, cloudKey, { services: { compute: served } });
    await told('1/1', 'all is well');
    await report(1);
    await told('0/1', 'an instance is missing');
    await report(2);
    await told('1/1', 'all is well again');
  };
  const reconcilers = (port?: FailingPort) => () => {
    const latest = new LatestChecks(() => true);
    const ask = { ask: wellCloud };
    const { ask: http } = port?.over(ask) ?? ask;
    const services = cloudServices.filter(({ name }) => name === 'compute');
    const apis = cloudApisOver((request: HttpRequest) => http(request));
    return [probesReconciler({ apis, services, latest }), healthReconciler([latest], () => Promise.resolve([]))];
  };
  expect(await playedInTurn(reconcilers(), play)).toBeGreaterThan(3);
  const perPort = await eachPortCallFailing((port) => playedWell(reconcilers(port), play));
  expect(perPort).toBeGreaterThan(2);
});

it('a database of OVN begins anew once, from the member with its data, and is filled once, whichever call fails', async () => {
  const members = ['ovn-ovsdb-nb-0', 'ovn-ovsdb-nb-1', 'ovn-ovsdb-nb-2'];
  const times = await playedInTurn(
    (cluster) => [
      ovnReconciler({ askMember: (_, name) => raftOf(cluster).report(name), latest: new LatestChecks(() => true) }),
    ],
    async (cluster) => {
      const raft = raftOf(cluster);
      const orders = async () => (await cluster.find(ConfigMapKind, ordersKey))?.data ?? {};
      await cluster.apply(aDeployment(), workload(StatefulSetKind, 'ovn-ovsdb-nb', {}, 3));
      await cluster.report(
        StatefulSetKind,
        { namespace: 'openstack', name: 'ovn-ovsdb-nb' },
        { replicas: 3, observedGeneration: 1 },
      );
      await cluster.until('its cluster is known', async () => (await orders())['nb.cluster'] === 'cluster-1');
      await cluster.apply(refillTemplate);
      raft.lost = members.slice(0, 2);
      const seen = new Set<string>();
      await cluster.until('it leads again', async () => {
        const { nb } = await orders();
        if (nb !== undefined) {
          seen.add(nb);
          raft.begin(nb);
        }
        return (await orders())['nb.cluster'] === 'cluster-2';
      });
      const jobs = new Set<string>();
      await cluster.until("Neutron's networks are in it", async () => {
        const job = await cluster.find<Job>(JobKind, { namespace: 'openstack', name: 'neutron-ovn-db-refill' });
        if (job !== undefined && !jobs.has(job.metadata.uid ?? '')) {
          jobs.add(job.metadata.uid ?? '');
          await cluster.report(JobKind, job.metadata, endStatus('Complete', cluster.clock.now()));
        }
        return (await orders())['nb.refilled'] !== undefined;
      });
      await cluster.advance(120);
      const { nb, 'nb.refill': refill, ...rest } = await orders();
      expect(jobs.size).toBe(1);
      expect([...seen]).toEqual([nb]);
      expect(nb).toMatch(/ ovn-ovsdb-nb-2$/);
      expect(refill).toBe(nb?.split(' ')[0]);
      expect(rest).toEqual({ 'nb.cluster': 'cluster-2', 'nb.refilled': refill });
    },
  );
  expect(times).toBeGreaterThan(3);
});
const ordersKey = { namespace: 'openstack', name: 'ovn-ovsdb-state' };

/** Stands for three members of a database that keep to their orders. Simulated. */
class Raft {
  lost: readonly string[] = [];
  #cluster = 1;

  begin(order: string): void {
    if (!order.endsWith(' ovn-ovsdb-nb-2')) throw new Error(`begun from a member without data: ${order}`);
    this.#cluster = 2;
    this.lost = [];
  }

  report(name: string): Promise<MemberReport> {
    const n = Number(name.at(-1));
    const isLost = this.lost.includes(name);
    const role = this.lost.length > 0 ? 'candidate' : n === 2 ? 'leader' : 'follower';
    const servers = [0, 1, 2].map((m) => ({
      id: `000${m}`,
      address: `tcp:ovn-ovsdb-nb-${m}.ovn:6643`,
      hasEntry: 40,
      silentMs: 0,
    }));
    return Promise.resolve({
      raft: {
        cluster: `cluster-${this.#cluster}`,
        server: isLost ? `fff${n}` : `000${n}`,
        standing: isLost ? 'joining cluster' : 'cluster member',
        role,
        term: 3,
        hasLeader: this.lost.length === 0,
        lastEntry: isLost ? 0 : 40,
        servers: isLost ? [] : servers,
      },
      bytes: 20_000,
      ordered: undefined,
      compactOrdered: undefined,
    });
  }
}

const rafts = new WeakMap<HermeticCluster, Raft>();
function raftOf(cluster: HermeticCluster): Raft {
  const raft = rafts.get(cluster) ?? new Raft();
  rafts.set(cluster, raft);
  return raft;
}

it('a node is freed and taken back with each instance moved and each old pod replaced once, whichever call to the API or to the cloud fails', async () => {
  const worlds = new WeakMap<HermeticCluster, NodeParts>();
  const reconcilers = (port?: FailingPort) => (cluster: HermeticCluster) => {
    const hypervisors = new NodeParts(cluster.clock);
    worlds.set(cluster, hypervisors);
    const seen: Hypervisors = port?.over<Hypervisors>(hypervisors) ?? hypervisors;
    const pods = { podsOn: podsOver(cluster.api) };
    return [
      nodeLockReconciler(
        lockController,
        nodeLockRules({ hypervisorsOf: () => seen, podsOn: (port?.over(pods) ?? pods).podsOn }),
      ),
    ];
  };
  const play = (isFailing: boolean) => (cluster: HermeticCluster) => {
    const hypervisors = worlds.get(cluster);
    if (hypervisors === undefined) throw new Error('no hypervisors');
    return playNode(cluster, hypervisors, isFailing);
  };
  expect(await playedInTurn(reconcilers(), play(false))).toBeGreaterThan(7);
  expect(await eachPortCallFailing((port) => playedWell(reconcilers(port), play(true)))).toBeGreaterThan(7);
});

class NodeParts extends SimulatedHypervisors {
  readonly off = new Set<string>();
  readonly switches: string[] = [];
  readonly #part: HostPart = { type: 'network', id: 'agent', what: 'neutron-openvswitch-agent' };

  override async partsOn(): Promise<readonly HostPart[]> {
    return [this.#part];
  }

  override async switchPart(part?: HostPart, isOn = false): Promise<void> {
    if (part === undefined) return;
    this.switches.push(`${part.id} ${isOn ? 'on' : 'off'}`);
    if (isOn) this.off.delete(part.id);
    else this.off.add(part.id);
  }
}

const ofTheCloud = (name: string) => ({ namespace: 'openstack', name });
const runs = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
const switchSet: Whole = {
  apiVersion: apiVersionOf(DaemonSetKind),
  kind: DaemonSetKind.kind,
  metadata: ofTheCloud('ovs'),
  spec: {
    selector: { matchLabels: { a: 'b' } },
    updateStrategy: { type: 'OnDelete' },
    template: { ...template, spec: { containers: [{ name: 'c', image: 'ovs:2' }] } },
  },
};
const switchPod = (name: string, image: string, uid = ''): Whole => ({
  apiVersion: 'v1',
  kind: PodKind.kind,
  metadata: {
    ...ofTheCloud(name),
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'ovs', uid, controller: true }],
  },
  spec: { nodeName: 'cmp-1', containers: [{ name: 'c', image }] },
});

async function playNode(cluster: HermeticCluster, hypervisors: NodeParts, isFailing: boolean): Promise<void> {
  hypervisors.hosts = ['cmp-1', 'cmp-2'];
  hypervisors.agents.set('cmp-1', [{ type: 'network', id: 'agent', what: 'the L3 agent' }]);
  for (const id of ['vm-1', 'vm-2']) hypervisors.boot(id, 'cmp-1');
  const node = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'openstack-compute-node': 'enabled' } },
  });
  const lock: Whole = {
    apiVersion: apiVersionOf(NodeWorkloadLockKind),
    kind: NodeWorkloadLockKind.kind,
    metadata: { name: 'openstack-cmp-1' },
    spec: { nodeName: 'cmp-1', controllerName: 'openstack' },
  };
  const request: Whole = {
    apiVersion: apiVersionOf(NodeMaintenanceRequestKind),
    kind: NodeMaintenanceRequestKind.kind,
    metadata: { name: 'cmp-1' },
    spec: { nodeName: 'cmp-1', scope: 'os', release: '21.2.0+26.2' },
  };
  await cluster.apply(admin, node('cmp-1'), node('cmp-2'), aDeployment(), statusObject, lock);
  await cluster.report(NodeKind, { name: 'cmp-1' }, { conditions: [{ type: 'Ready', status: 'True' }] });
  await cluster.report(OpenStackDeploymentStatusKind, cloudKey, {
    osdpl: { release: '21.2.0+26.2' },
    services: { compute: served, networking: served },
  });
  const stateOf = async () => (await cluster.get(NodeWorkloadLockKind, { name: 'openstack-cmp-1' })).status?.state;
  await cluster.until('it is held', async () => (await stateOf()) === 'active');
  await cluster.apply(request);
  await cluster.until('it is released', async () => (await stateOf()) === 'inactive');
  expect([await hypervisors.instancesOn('cmp-1'), [...hypervisors.off], [...hypervisors.disabled.keys()]]).toEqual([
    [],
    ['agent'],
    ['cmp-1'],
  ]);
  if (!isFailing) expect(hypervisors.moves.toSorted()).toEqual(['vm-1', 'vm-2']);
  const { metadata: owner } = await cluster.apply(switchSet).then(() => cluster.get(DaemonSetKind, ofTheCloud('ovs')));
  await cluster.apply(switchPod('ovs-old', 'ovs:1', owner.uid));
  await cluster.report(PodKind, ofTheCloud('ovs-old'), runs);
  hypervisors.silent.add('agent');
  await cluster.api.delete(NodeMaintenanceRequestKind, { name: 'cmp-1' });
  await cluster.until('its old pod ends', async () => {
    const { metadata } = await cluster.get(PodKind, ofTheCloud('ovs-old'));
    return metadata.deletionTimestamp !== undefined;
  });
  await cluster.apply(switchPod('ovs-new', 'ovs:2', owner.uid));
  await cluster.report(PodKind, ofTheCloud('ovs-new'), runs);
  await cluster.advance(60);
  expect([hypervisors.off.size, hypervisors.disabled.size]).toEqual([1, 1]);
  hypervisors.silent.clear();
  await cluster.until(
    'it is back',
    async () => (await stateOf()) === 'active' && hypervisors.off.size + hypervisors.disabled.size === 0,
  );
  await cluster.advance(120);
  const { metadata } = await cluster.get(NodeWorkloadLockKind, { name: 'openstack-cmp-1' });
  expect(metadata.annotations?.[innerStateAnnotation]).toBe('active');
  expect(metadata.annotations?.[takenOutAnnotation] ?? '').not.toContain('agent');
  expect(hypervisors.disabled.size).toBe(0);
}
