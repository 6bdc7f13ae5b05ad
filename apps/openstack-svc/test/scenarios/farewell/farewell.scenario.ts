import { afterEach, describe, expect, it } from '@jest/globals';
import {
  apiVersionOf,
  CronJobKind,
  EventKind,
  type Job,
  JobKind,
  type KubeObject,
  NodeDeletionRequestKind,
  NodeKind,
  NodeWorkloadLockKind,
  type Pod,
  StatefulSetKind,
} from '@keelson/api';
import { aDeployment } from '../../../src/deployment/deployment.fixtures.js';
import { jobNameOf } from '../../../src/operations/operation.js';
import { aCloudWorld, type CloudWorld } from '../cloud-world.js';
import { setKey, volumesLeft, withLocalVolumes } from '../local-volumes.js';

let world: CloudWorld;
afterEach(() => world.close());

const all = ['ceph-images', 'data-etcd-etcd-0', 'data-etcd-etcd-1', 'images', 'local-ctl-1', 'local-ctl-2'];
const withoutFirst = ['ceph-images', 'data-etcd-etcd-1', 'images', 'local-ctl-2'];

/** A cloud of two controllers, a set of three with data on both; `ready` of the set's members are. */
async function aCloud(ready: number, podsOn: readonly Pod[] = []): Promise<void> {
  world = await aCloudWorld({ ports: { podsOn: async () => podsOn } });
  for (const name of ['ctl-1', 'ctl-2']) {
    const labels = { 'openstack-control-plane': 'enabled' };
    await world.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
    await setReady(name, true);
  }
  await withLocalVolumes(world.api, ['ctl-1', 'ctl-2']);
  await members(ready);
  await world.apply(aDeployment());
  await world.until('the cloud is applied', async () => (await world.status())?.osdpl?.state === 'APPLIED');
}

const setReady = (name: string, is: boolean) =>
  world.api.patch(
    NodeKind,
    { name },
    { status: { conditions: [{ type: 'Ready', status: is ? 'True' : 'False' }] } },
    { subresource: 'status' },
  );

async function members(ready: number): Promise<void> {
  world.workloads.most.set(setKey.name, ready);
  await world.until(
    `${ready} members are ready`,
    async () => (await world.api.get(StatefulSetKind, setKey))?.status?.readyReplicas === ready,
    60,
  );
}

const lockOf = (node: string) => world.api.get(NodeWorkloadLockKind, { name: `openstack-${node}` });
const unlocked = (node: string, limit: number) =>
  world.until(`the lock of ${node} is gone`, async () => (await lockOf(node)) === undefined, limit);
const told = async (reason: string): Promise<readonly unknown[]> =>
  (await world.api.list(EventKind)).items
    .filter((event) => Reflect.get(event, 'reason') === reason)
    .map((event) => Reflect.get(event, 'message') ?? Reflect.get(event, 'note'));

describe('what is on the disks of a controller', () => {
  it('goes with it where it left as it was asked to, and what Ceph keeps does not', async () => {
    await aCloud(2);
    const request: KubeObject & { spec: object } = {
      apiVersion: apiVersionOf(NodeDeletionRequestKind),
      kind: NodeDeletionRequestKind.kind,
      metadata: { name: 'ctl-1' },
      spec: { nodeName: 'ctl-1' },
    };
    await world.apply(request);
    await world.until('it may leave', async () => (await lockOf('ctl-1'))?.status?.state === 'inactive', 120);
    expect(await volumesLeft(world.api)).toEqual(all);
    await world.api.delete(NodeKind, { name: 'ctl-1' });
    await world.api.delete(NodeDeletionRequestKind, { name: 'ctl-1' });
    await unlocked('ctl-1', 60);
    expect(await volumesLeft(world.api)).toEqual(withoutFirst);
    expect(await told('LocalVolumeDeleted')).toEqual([
      'deleted the PersistentVolumeClaim openstack/data-etcd-etcd-0 and the PersistentVolume local-ctl-1: its data was on ctl-1, which is gone, and the other members of etcd-etcd have it',
    ]);
    expect(world.hypervisors.removed).toContain('ctl-1');
  });

  it('stays while it is merely away, and for ten minutes where nobody asked it to leave', async () => {
    await aCloud(2);
    await setReady('ctl-1', false);
    await world.clock.advance(3_600_000);
    expect(await volumesLeft(world.api)).toEqual(all);
    await world.api.delete(NodeKind, { name: 'ctl-1' });
    await world.clock.advance(500_000);
    expect(await volumesLeft(world.api)).toEqual(all);
    // It was a mistake: it is back, and leaves again later.
    await world.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'ctl-1' } });
    await world.clock.advance(1_000);
    await world.api.delete(NodeKind, { name: 'ctl-1' });
    await world.clock.advance(500_000);
    expect(await volumesLeft(world.api)).toEqual(all);
  });

  it('stays while the other members are no majority', async () => {
    await aCloud(1);
    await world.api.delete(NodeKind, { name: 'ctl-1' });
    await world.clock.advance(1_800_000);
    expect(await volumesLeft(world.api)).toEqual(all);
    expect(await told('QuorumAtRisk')).toEqual([expect.stringContaining('etcd-etcd has 1 of 3 members')]);
    await members(2);
    await unlocked('ctl-1', 60);
    expect(await volumesLeft(world.api)).toEqual(withoutFirst);
  });

  it('stays while a pod of the set is bound to the node', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: setKey.name, uid: 'u', controller: true };
    const metadata = { namespace: 'openstack', name: 'etcd-etcd-0', ownerReferences: [owner] };
    const pods: Pod[] = [{ apiVersion: 'v1', kind: 'Pod', metadata }];
    await aCloud(2, pods);
    await world.api.delete(NodeKind, { name: 'ctl-1' });
    await world.clock.advance(1_800_000);
    expect(await volumesLeft(world.api)).toEqual(all);
    pods.pop();
    await unlocked('ctl-1', 60);
    expect(await volumesLeft(world.api)).toEqual(withoutFirst);
  });
});

describe('volume services of a node that is gone', () => {
  const template: KubeObject & { spec: object } = {
    apiVersion: 'batch/v1',
    kind: CronJobKind.kind,
    metadata: { namespace: 'openstack', name: 'cinder-service-remove' },
    spec: {
      schedule: '0 0 1 1 *',
      suspend: true,
      jobTemplate: {
        spec: {
          template: { spec: { restartPolicy: 'Never', containers: [{ name: 'service-remove', image: 'cinder' }] } },
        },
      },
    },
  };
  const rows = ['cinder-backup/ctl-1', 'cinder-volume/ctl-1@lvm'];
  /** Does as `cinder-manage service remove` for each line of the environment. */
  const removing = async (job: Job): Promise<string | undefined> => {
    const text = /"SERVICES","value":"([^"]*)"/.exec(JSON.stringify(job.spec))?.[1] ?? '';
    const asked = text.split(String.raw`\n`).map((line) => line.replace(' ', '/'));
    const { agents } = world.hypervisors;
    agents.set(
      'ctl-1',
      (agents.get('ctl-1') ?? []).filter(({ id }) => !asked.includes(id)),
    );
    return undefined;
  };
  const jobs = async () =>
    (await world.api.list(JobKind)).items.filter(({ metadata }) => metadata.name.startsWith('cinder'));

  async function gone(): Promise<void> {
    await aCloud(2);
    world.hypervisors.agents.set('ctl-1', [
      { type: 'network', id: 'dhcp', what: 'the DHCP agent' },
      ...rows.map((id) => ({ type: 'volumev3', id, what: id }) as const),
    ]);
    world.workloads.doing = removing;
    await world.api.delete(NodeKind, { name: 'ctl-1' });
  }

  it('are removed by one Job, before its lock is dropped', async () => {
    await gone();
    await world.apply(template);
    await unlocked('ctl-1', 1_800);
    expect(world.hypervisors.agents.get('ctl-1')).toEqual([{ type: 'network', id: 'dhcp', what: 'the DHCP agent' }]);
    expect(await jobs()).toHaveLength(1);
    expect(world.workloads.completed.filter((name) => name.startsWith('cinder'))).toHaveLength(1);
    expect(world.hypervisors.removed).toContain('ctl-1');
    await world.clock.advance(3_600_000);
    expect(world.workloads.completed.filter((name) => name.startsWith('cinder'))).toHaveLength(1);
  });

  it('wait for what the Job is made from, are tried again when it fails, and hold nothing once the lock is deleted', async () => {
    await gone();
    await world.clock.advance(900_000);
    expect(await jobs()).toEqual([]);
    expect(await lockOf('ctl-1')).toBeDefined();
    const name = jobNameOf('cinder-service-remove', 'ctl-1');
    world.workloads.failing.set(name, 100);
    await world.apply(template);
    await world.until('it has failed twice', async () => (world.workloads.failing.get(name) ?? 0) <= 98, 900);
    expect(await lockOf('ctl-1')).toBeDefined();
    await world.api.delete(NodeWorkloadLockKind, { name: 'openstack-ctl-1' });
    const left = world.workloads.failing.get(name);
    await world.clock.advance(3_600_000);
    expect(await lockOf('ctl-1')).toBeUndefined();
    expect(world.workloads.failing.get(name)).toBe(left);
  });
});
