import { beforeAll, describe, expect, it } from '@jest/globals';
import { type KubeObject, NodeWorkloadLockKind, UpdateGroupKind, apiVersionOf } from '@keelson/api';
import { resourceId } from '@keelson/kube-server';
import { type Course, rehearse, standingCluster, standingWorld, takeSnapshot } from '../src/index.js';
import type { CloudRoom } from '../src/rehearse/cloud/cloud-room.js';
import type { SavedWorld } from '../src/updates/saved-world.js';
import { UpdateWorld } from '../src/updates/update-world.js';

const compress = 60;
let saved: SavedWorld;
let nodes: readonly string[];

/** The update of a cluster whose workers are computes, by openstack-svc's own rules for their locks. */
describe('a rehearsal of a cluster with a cloud', () => {
  beforeAll(async () => {
    const world = await UpdateWorld.open({
      seed: 'room',
      saved: await standingWorld(),
      cluster: standingCluster,
      pace: { item: () => 1, reboot: () => 1 },
      stepSeconds: () => 1,
    });
    await world.settle();
    saved = withReboots(await takeSnapshot(world.api, standingCluster, world.clock.now()));
    nodes = ['wk-1', 'wk-2', 'wk-3'].map((machine) => world.hosts.versions().get(machine)?.node ?? '');
    await world.close();
  });

  it('moves instances as long as there is room', async () => {
    const course = await courseWith({ room: 20_000, memory: 8_192 });
    expect([course.completed, course.outcome]).toEqual([true, 'first runs mosk-21-2-0-26-2']);
    expect(course.migrations).toBeGreaterThanOrEqual(nodes.length);
    expect(course.obstacles.filter(({ reason }) => reason === 'NoRoom')).toEqual([]);
  });

  it('names the instance that no compute has room for, and where it lacks how much', async () => {
    const course = await courseWith({ room: 4_096, memory: 8_192 });
    const [first] = course.obstacles;
    expect([course.completed, first]).toMatchObject([
      false,
      { reason: 'NoRoom', waitsOn: expect.stringMatching(/^Instance vm-/), isLast: true },
    ]);
    expect(first?.message).toMatch(
      /no other compute of zone nova takes the instance shop-\S+ \(2 vCPU, 8192 MiB\) of (\S+): (\S+ has 4096 MiB left(; )?){2}; make room there/,
    );
    expect(course.obstacles[1]).toMatchObject({
      reason: 'WorkloadLocked',
      waitsOn: expect.stringMatching(/^NodeWorkloadLock openstack-/),
      message: expect.stringContaining('could not be moved'),
      isLast: true,
    });
  });
});

/** Instances leave only nodes that are to be restarted. */
function withReboots({ at, objects }: SavedWorld): SavedWorld {
  const resource = resourceId(UpdateGroupKind);
  const groups = (objects[resource] ?? []).map((group) => ({
    ...group,
    spec: { ...(group['spec'] as object), rebootIfUpdateRequires: true },
  }));
  return { at, objects: { ...objects, [resource]: groups } };
}

async function courseWith(size: { readonly room: number; readonly memory: number }): Promise<Course> {
  const inside = nodes.flatMap((node) => [labelled(node), lockOf(node)]);
  const { courses } = await rehearse({
    saved,
    cluster: standingCluster,
    inside,
    cloud: cloudOf(size),
    compress,
    seed: '1',
    withFaults: 0,
  });
  const [course] = courses;
  if (course === undefined) throw new Error('no course was rehearsed');
  return course;
}

function labelled(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'openstack-compute-node': 'enabled' } } };
}

function lockOf(nodeName: string): KubeObject {
  const lock = {
    apiVersion: apiVersionOf(NodeWorkloadLockKind),
    kind: NodeWorkloadLockKind.kind,
    metadata: { name: `openstack-${nodeName}` },
  };
  return Object.assign(lock, { spec: { controllerName: 'openstack', nodeName } });
}

/** An instance on each node, and so much room beside it. */
function cloudOf({ room, memory }: { readonly room: number; readonly memory: number }): CloudRoom {
  return {
    computes: nodes.map((host) => ({
      id: `service-${host}`,
      host,
      zone: 'nova',
      isEnabled: true,
      isUp: true,
      cpus: 16,
      memory: room,
    })),
    instances: nodes.map((host) => ({
      id: `vm-${host}`,
      name: `shop-${host}`,
      host,
      status: 'ACTIVE',
      task: null,
      tags: [],
      cpus: 2,
      memory,
      isLocked: false,
    })),
    groups: [],
  };
}
