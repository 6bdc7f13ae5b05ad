import { afterEach, describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  type DaemonSet,
  DaemonSetKind,
  type KubeObject,
  NodeKind,
  NodeMaintenanceRequestKind,
  NodeWorkloadLockKind,
  type Pod,
  PodKind,
} from '@keelson/api';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import type { Renderer } from '../../../src/rollout/renderer.js';
import { smallRenderer } from '../../../src/rollout/renderer.fixtures.js';
import { aCloudWorld, type CloudWorld } from '../cloud-world.js';

let world: CloudWorld;
afterEach(() => world.close());

const namespace = 'openstack';
/** The small cloud with networks, whose objects the test makes. */
const renderer: Renderer = {
  ...smallRenderer,
  render: (input) => [
    ...smallRenderer.render(input),
    {
      name: 'networking',
      needs: [],
      upgrade: [],
      pausedByUpgrade: false,
      rendered: { service: 'networking', files: [], stages: [], onDemand: [] },
    },
  ],
};

const lock = async () => (await world.api.get(NodeWorkloadLockKind, { name: 'openstack-cmp-1' }))?.status;
const isHeldBy = (text: string) =>
  world.until(
    `the lock is held: ${text}`,
    async () => {
      const status = await lock();
      return status?.state === 'inactive' && status.errorMessage?.includes(text) === true;
    },
    120,
  );
const isBack = () => world.until('the node is back', async () => (await lock())?.state === 'active', 120);
/** Those that are not told to end. */
const podNames = async () =>
  (await world.api.list(PodKind, { namespace })).items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);

/** A compute of a cloud, released for its maintenance, which is then over. */
async function aNodeThatComesBack(): Promise<void> {
  world = await aCloudWorld({ ports: { renderer } });
  for (const name of ['cmp-1', 'cmp-2']) {
    const labels = { 'openstack-compute-node': 'enabled' };
    await world.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
    const conditions = [{ type: 'Ready', status: 'True' }];
    await world.api.patch(NodeKind, { name }, { status: { conditions } }, { subresource: 'status' });
  }
  world.hypervisors.hosts = ['cmp-1', 'cmp-2'];
  world.hypervisors.agents.set('cmp-1', [
    { type: 'network', id: 'ovs', what: 'the Open vSwitch agent' },
    { type: 'network', id: 'dead', what: 'the DHCP agent' },
  ]);
  world.hypervisors.silent.add('dead');
  await world.apply(aDeployment());
  await world.until('the cloud is applied', async () => (await world.status())?.osdpl?.state === 'APPLIED');
  const request: KubeObject & { spec: object } = {
    apiVersion: apiVersionOf(NodeMaintenanceRequestKind),
    kind: NodeMaintenanceRequestKind.kind,
    metadata: { name: 'cmp-1' },
    spec: { nodeName: 'cmp-1', scope: 'os', release: '21.1.0+26.1' },
  };
  await world.apply(request);
  await world.until('the node is released', async () => (await lock())?.state === 'inactive', 120);
  expect(world.hypervisors.disabled.has('cmp-1')).toBe(true);
}
const ended = () => world.api.delete(NodeMaintenanceRequestKind, { name: 'cmp-1' });

const spec = (image: string) => ({ containers: [{ name: 'main', image }] });

async function daemonSet(name: string, image: string): Promise<DaemonSet> {
  const labels = { component: name };
  const set: DaemonSet = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'OnDelete' },
      template: {
        metadata: { labels },
        spec: { ...spec(image), nodeSelector: { 'openstack-compute-node': 'enabled' } },
      },
    },
  };
  await world.apply(set);
  return (await world.api.get(DaemonSetKind, { namespace, name })) ?? set;
}

async function pod(name: string, image: string, status: object, owner?: KubeObject): Promise<void> {
  const { apiVersion = '', kind = '', metadata } = owner ?? {};
  const ownerReferences =
    metadata === undefined
      ? []
      : [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true }];
  const object: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, ownerReferences },
    spec: { nodeName: 'cmp-1', ...spec(image) },
  };
  await world.apply(object);
  await world.api.patch(PodKind, { namespace, name }, { status }, { subresource: 'status' });
}
const running = (is: boolean, more: object = {}) => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: is ? 'True' : 'False' }],
  ...more,
});

describe('a node whose maintenance is over', () => {
  it('gets pods of the data plane anew, and waits for these, for its other pods and for its agents', async () => {
    await aNodeThatComesBack();
    const set = await daemonSet('ovs', 'ovs:2');
    await pod('ovs-old', 'ovs:1', running(true), set);
    const waiting = { reason: 'CrashLoopBackOff' };
    const broken = running(false, { containerStatuses: [{ name: 'main', state: { waiting } }] });
    await pod('libvirt', 'libvirt:1', broken);
    await pod('evicted', 'nova:1', { phase: 'Failed' });
    world.hypervisors.silent.add('ovs');
    await ended();
    await isHeldBy('waits for the pod libvirt: the container main of its pod libvirt does not run: CrashLoopBackOff');
    expect((await podNames()).sort()).toEqual(['evicted', 'libvirt']);
    await world.api.delete(PodKind, { namespace, name: 'libvirt' });
    await isHeldBy('waits for the DaemonSet ovs to make its pod on cmp-1');
    await world.kill();
    await pod('ovs-new', 'ovs:2', running(false), set);
    await isHeldBy('waits for the pod ovs-new of cmp-1 to be Ready');
    await pod('ovs-new', 'ovs:2', running(true), set);
    await isHeldBy('waits for the Open vSwitch agent to report itself to neutron');
    expect(world.hypervisors.disabled.has('cmp-1')).toBe(true);
    world.hypervisors.silent.delete('ovs');
    await isBack();
    expect(world.hypervisors.disabled.has('cmp-1')).toBe(false);
    expect(await podNames()).toContain('ovs-new');
  });

  it('takes a successor that differs from its DaemonSet as well as it comes', async () => {
    await aNodeThatComesBack();
    const set = await daemonSet('ovs', 'ovs:2');
    await pod('ovs-old', 'ovs:1', running(true), set);
    await ended();
    await isHeldBy('waits for the DaemonSet ovs');
    await pod('ovs-mirrored', 'mirror/ovs:2', running(true), set);
    await isBack();
    expect(await podNames()).toEqual(['ovs-mirrored']);
  });

  it('keeps what instances on it talk through', async () => {
    await aNodeThatComesBack();
    world.hypervisors.boot('vm', 'cmp-1');
    await pod('ovs-old', 'ovs:1', running(true), await daemonSet('ovs', 'ovs:2'));
    await ended();
    await isBack();
    expect(await podNames()).toEqual(['ovs-old']);
  });

  it('is let go by an operator who takes the lock of a node away whose pod never gets Ready', async () => {
    await aNodeThatComesBack();
    await pod('libvirt', 'libvirt:1', running(false));
    await ended();
    await isHeldBy('waits for the pod libvirt of cmp-1 to be Ready');
    await world.clock.advance(3_600_000);
    await isHeldBy('libvirt');
    await world.api.delete(NodeWorkloadLockKind, { name: 'openstack-cmp-1' });
    await isBack();
  });
});
