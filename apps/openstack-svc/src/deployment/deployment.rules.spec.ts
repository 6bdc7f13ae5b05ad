import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KubeObject, OpenStackDeploymentKind } from '@keelson/api';
import { isFailure } from '@keelson/std';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { aDeployment, type SpecPatch } from './deployment.fixtures.js';

let world: HermeticCluster;
const key = { namespace: 'openstack', name: 'osh' };

beforeAll(async () => {
  world = await hermeticCluster();
  await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'openstack' } });
});
afterAll(() => world.close());

async function refusalOf(...objects: readonly KubeObject[]): Promise<string> {
  await world.api.delete(OpenStackDeploymentKind, key);
  try {
    for (const object of objects) await world.apply(object);
    return '';
  } catch (error) {
    if (isFailure(error)) return error.message;
    throw error;
  }
}

describe('what an OpenStackDeployment may say', () => {
  it.each<[string, SpecPatch]>([
    ['the plainest', {}],
    ['a list of CPU models', { features: { nova: { vcpu_type: 'Skylake-Server,Cascadelake-Server' } } }],
    ['OVN with geneve', { features: { neutron: { backend: 'ml2/ovn', tenant_network_types: ['geneve', 'vlan'] } } }],
    ['a schedule', { features: { database: { backup: { enabled: true, schedule_time: '*/5 1-3 * * MON,TUE' } } } }],
    [
      'one default back end',
      { features: { glance: { backends: { file: { a: { default: true } }, rbd: { b: {} } } } } },
    ],
    [
      'one driver in use',
      { features: { cinder: { backup: { drivers: { a: { type: 's3' }, b: { type: 'nfs', enabled: false } } } } } },
    ],
    ['overrides', { nodes: { 'kubernetes.io/hostname::n1': { features: { nova: { vcpu_type: 'host-model' } } } } }],
  ])('%s is taken', async (_, patch) => {
    expect(await refusalOf(aDeployment(patch))).toBe('');
  });

  it.each<[string, SpecPatch, string]>([
    ['master', { openstack_version: 'master' }, 'master is not supported'],
    ['metric too new', { openstack_version: 'gazpacho', features: { services: ['metric'] } }, 'metric exists up to'],
    ['metric-storage too old', { features: { services: ['metric-storage'] } }, 'metric-storage needs'],
    ['event', { features: { services: ['event'] } }, 'event exists before'],
    [
      'baremetal with OpenSDN',
      { preset: 'compute-tf', features: { services: ['baremetal'] } },
      'baremetal does not work',
    ],
    ['geneve without OVN', { features: { neutron: { tenant_network_types: ['geneve'] } } }, 'geneve needs'],
    [
      'OVN and bgpvpn',
      { features: { neutron: { backend: 'ml2/ovn', bgpvpn: { enabled: true } } } },
      'bgpvpn does not work',
    ],
    [
      'OVN and ipsec',
      { features: { neutron: { backend: 'ml2/ovn', ipsec: { enabled: true } } } },
      'ipsec does not work',
    ],
    ['OVN and OpenSDN', { preset: 'compute-tf', features: { neutron: { backend: 'ml2/ovn' } } }, 'does not go with'],
    ['a bad schedule', { features: { database: { backup: { schedule_time: 'daily' } } } }, 'cron schedule'],
    [
      'two drivers',
      { features: { cinder: { backup: { drivers: { a: { type: 's3' }, b: { type: 'nfs' } } } } } },
      'one driver',
    ],
    ['a back end without conf', { features: { cinder: { volume: { backends: { a: {} } } } } }, 'values.conf'],
    ['no default image store', { features: { glance: { backends: { rbd: { a: {} } } } } }, 'exactly one'],
    ['NFS without a server', { features: { database: { backup: { backend: 'pv_nfs' } } } }, 'server and path'],
    [
      'encryption on qcow2',
      { features: { nova: { images: { backend: 'qcow2', encryption: { enabled: true } } } } },
      'lvm only',
    ],
    ['keycloak nowhere', { features: { keystone: { keycloak: { enabled: true } } } }, 'url is needed'],
    ['a strange ingress', { migration: { ingress: { state: 'gone' } } }, 'absent or present'],
    ['a strange node', { nodes: { n1: {} } }, 'label::value'],
    ['an unknown preset', { preset: 'huge' }, 'preset'],
    ['an unknown service', { features: { services: ['mail'] } }, 'features.services'],
  ])('%s is refused', async (_, patch, message) => {
    expect(await refusalOf(aDeployment(patch))).toContain(message);
  });
});

describe('what may change in an OpenStackDeployment', () => {
  it('an upgrade is taken back as long as all services have the release before', async () => {
    const told = async (openstack_version: string | null): Promise<void> => {
      const status = { state: 'FAILED', openstack_version };
      await world.api.patch(OpenStackDeploymentKind, key, { status }, { subresource: 'status' });
    };
    expect(await refusalOf(aDeployment({ openstack_version: 'epoxy' }))).toBe('');
    await told(null);
    const back = aDeployment({ openstack_version: 'caracal' });
    await expect(world.apply(back)).rejects.toThrow('Only an upgrade of which nothing has begun can be taken back');
    await told('epoxy');
    await expect(world.apply(back)).rejects.toThrow('cannot be downgraded');
    await told('caracal');
    await expect(world.apply(aDeployment({ openstack_version: 'caracal', size: 'small' }))).rejects.toThrow('alone');
    await world.apply(back);
  });

  it.each<[string, SpecPatch, SpecPatch, string]>([
    ['the next release', { openstack_version: 'caracal' }, { openstack_version: 'epoxy' }, ''],
    [
      'a service with it',
      { openstack_version: 'caracal' },
      { openstack_version: 'epoxy', features: { services: ['dns'] } },
      '',
    ],
    ['the release before', { openstack_version: 'epoxy' }, { openstack_version: 'caracal' }, 'cannot be downgraded'],
    [
      'two releases at once',
      { openstack_version: 'caracal' },
      { openstack_version: 'gazpacho' },
      'only the next release',
    ],
    [
      'the size with it',
      { openstack_version: 'caracal' },
      { openstack_version: 'epoxy', size: 'small' },
      'changed alone',
    ],
    [
      'raw values with it',
      { openstack_version: 'caracal' },
      { openstack_version: 'epoxy', services: { compute: { nova: { values: { a: 1 } } } } },
      'changed alone',
    ],
    [
      'a feature with it',
      { openstack_version: 'caracal' },
      { openstack_version: 'epoxy', features: { nova: { vcpu_type: 'host-model' } } },
      'changed alone',
    ],
    ['the size alone', {}, { size: 'small' }, ''],
  ])('%s', async (_, before, after, message) => {
    const refusal = await refusalOf(aDeployment(before), aDeployment(after));
    if (message === '') expect(refusal).toBe('');
    else expect(refusal).toContain(message);
  });

  it('refuses another release while the cloud is in work', async () => {
    await refusalOf(aDeployment({ openstack_version: 'caracal' }));
    await world.report(OpenStackDeploymentKind, key, { state: 'APPLYING' });
    await expect(world.apply(aDeployment({ openstack_version: 'epoxy' }))).rejects.toThrow(
      'only while the cloud is APPLIED',
    );
    await world.report(OpenStackDeploymentKind, key, { state: 'APPLIED' });
    await expect(world.apply(aDeployment({ openstack_version: 'epoxy' }))).resolves.toBeUndefined();
  });

  it('lets rotations grow by one, while the cloud is APPLIED', async () => {
    await refusalOf(aDeployment({}));
    const rotate = (rotation_id: number | null) =>
      world.report(OpenStackDeploymentKind, key, { credentials: { admin: { rotation_id } } });
    await world.report(OpenStackDeploymentKind, key, { state: 'APPLYING' });
    await expect(rotate(1)).rejects.toThrow('only while the cloud is APPLIED');
    await world.report(OpenStackDeploymentKind, key, { state: 'APPLIED' });
    await expect(rotate(0)).rejects.toThrow('greater than 0');
    await rotate(1);
    await rotate(2);
    await expect(rotate(1)).rejects.toThrow('grows by 1');
    await expect(rotate(4)).rejects.toThrow('grows by 1');
    await expect(rotate(null)).rejects.toThrow('grows by 1');
  });

  it('takes a rotation of the authorities of amphorae while the cloud is APPLIED, by 1', async () => {
    await refusalOf(aDeployment({}));
    const rotate = (rotation_id: number) =>
      world.report(OpenStackDeploymentKind, key, { certificates: { octavia: { amphora: { rotation_id } } } });
    await world.report(OpenStackDeploymentKind, key, { state: 'FAILED' });
    await expect(rotate(1)).rejects.toThrow(
      'status.certificates.octavia.amphora.rotation_id can be changed only while',
    );
    await world.report(OpenStackDeploymentKind, key, { state: 'APPLIED' });
    await rotate(1);
    await expect(rotate(3)).rejects.toThrow('grows by 1');
  });
});
