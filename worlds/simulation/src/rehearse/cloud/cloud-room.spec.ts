import { describe, expect, it } from '@jest/globals';
import { type KubeObject, OpenStackDeploymentStatusKind, SecretKind, apiVersionOf, crdOf } from '@keelson/api';
import type { Http } from '@keelson/std';
import { hermeticCluster } from '@keelson/testing';
import { readRoom } from './cloud-room.js';

const namespace = 'openstack';
const cloud: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    apiVersion: apiVersionOf(OpenStackDeploymentStatusKind),
    kind: OpenStackDeploymentStatusKind.kind,
    metadata: { namespace, name: 'osh' },
  },
];
const admin: KubeObject = Object.assign(
  { apiVersion: 'v1', kind: SecretKind.kind, metadata: { namespace, name: 'generated-keystone-admin' } },
  { stringData: { username: 'admin', password: 'do-not-tell' } },
);
const flavor = { vcpus: 2, ram: 4_096 };
const answers: Readonly<Record<string, unknown>> = {
  '/os-services': {
    services: [{ id: 's', host: 'cmp-1', zone: 'nova', status: 'disabled', state: 'up', disabled_reason: 'disk' }],
  },
  '/os-hypervisors/detail': { hypervisors: [{ hypervisor_hostname: 'cmp-1', service: { host: 'cmp-1' } }] },
  '/servers/detail': {
    servers: [{ id: 'vm', name: 'shop', status: 'ACTIVE', flavor, metadata: { note: 'do-not-tell' } }],
  },
  '/os-server-groups': { server_groups: [{ policy: 'anti-affinity', members: ['vm'] }] },
  '/inventories': { inventories: { VCPU: { total: 8 }, MEMORY_MB: { total: 16_384 } } },
  '/usages': { usages: { VCPU: 2, MEMORY_MB: 4_096 } },
  '/resource_providers': { resource_providers: [{ uuid: 'p', name: 'cmp-1' }] },
};
const endpoint = (type: string): object => ({ type, endpoints: [{ interface: 'internal', url: `http://${type}` }] });

/** A cloud that answers what is asked, and notes what else is wanted of it. */
function aCloud(asked: string[]): Http {
  return async ({ method, url }) => {
    const isToken = url.endsWith('/auth/tokens');
    if (!isToken) asked.push(method);
    const found = Object.entries(answers).find(([path]) => url.includes(path));
    const body = isToken ? { token: { catalog: ['compute', 'placement'].map(endpoint) } } : (found?.[1] ?? {});
    const headers = { 'x-subject-token': 'token' };
    return { status: isToken ? 201 : 200, headers, body: Buffer.from(JSON.stringify(body)) };
  };
}

const silent: Http = () => Promise.reject(new Error('nobody answers'));

describe('what is read of a cloud for a rehearsal', () => {
  it('is its computes with their room, its instances by size and its groups, and nothing is written', async () => {
    const world = await hermeticCluster({ profile: 'child' });
    await world.apply(crdOf(OpenStackDeploymentStatusKind), ...cloud, admin);
    const asked: string[] = [];
    const room = await readRoom(world.api, aCloud(asked));
    await world.close();
    expect(new Set(asked)).toEqual(new Set(['GET']));
    expect(JSON.stringify(room)).not.toContain('do-not-tell');
    expect(room).toEqual({
      computes: [
        {
          id: 's',
          host: 'cmp-1',
          zone: 'nova',
          isEnabled: false,
          disabledReason: 'disk',
          isUp: true,
          cpus: 6,
          memory: 12_288,
        },
      ],
      instances: [
        {
          id: 'vm',
          name: 'shop',
          host: 'cmp-1',
          status: 'ACTIVE',
          task: null,
          tags: [],
          cpus: 2,
          memory: 4_096,
          isLocked: false,
        },
      ],
      groups: [{ policy: 'anti-affinity', members: ['vm'] }],
    });
  });

  it('is nothing where the cluster carries no cloud', async () => {
    const world = await hermeticCluster({ profile: 'child' });
    expect(await readRoom(world.api, silent)).toBeUndefined();
    await world.close();
  });

  it('is refused with a reason where the administrator is missing', async () => {
    const world = await hermeticCluster({ profile: 'child' });
    await world.apply(crdOf(OpenStackDeploymentStatusKind), ...cloud);
    await expect(readRoom(world.api, silent)).rejects.toThrow(
      'the Secret openstack/generated-keystone-admin with the administrator',
    );
    await world.close();
  });
});
