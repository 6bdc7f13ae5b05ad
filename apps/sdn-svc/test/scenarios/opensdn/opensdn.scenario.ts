import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ClusterWorkloadLockKind,
  ConfigMapKind,
  DaemonSetKind,
  EventKind,
  JobKind,
  NodeWorkloadLockKind,
  OpenStackDeploymentStatusKind,
  SecretKind,
  StatefulSetKind,
  StorageClassKind,
  TFOperatorKind,
  tfPartKinds,
  TFToolKind,
  TFVrouterKind,
} from '@keelson/api';
import { aDeployment } from '../../../../openstack-svc/src/deployment/deployment.fixtures.js';
import { mosk as openstack } from '../../../../openstack-svc/src/mosk.js';
import { cloudRenderer } from '../../../../openstack-svc/src/rollout/renderer.js';
import {
  anSdnWorld,
  aStorageClass,
  aTfOperator,
  namespace,
  operatorKey,
  type SdnWorld,
  tfData,
  withNodes,
} from '../sdn-world.js';

let world: SdnWorld;
afterEach(() => world.close());

const stateIs = (state: string) => async (): Promise<boolean> => (await world.operator())?.status?.state === state;
const toOpenStack = { namespace: 'openstack-tf-shared', name: 'ost-data' };

describe('OpenSDN', () => {
  it('is applied in order, tells OpenStack where it is, and then nothing is written', async () => {
    world = await anSdnWorld();
    await withNodes(world);
    await world.cluster.apply(tfData(), aTfOperator());
    await world.cluster.until('Ready', stateIs('Ready'));
    const { status } = await world.cluster.get(TFOperatorKind, operatorKey);
    expect({ ...status, services: undefined, progress: undefined, rollout: undefined }).toEqual({
      state: 'Ready',
      health: '8/8',
      tfVersion: '24.1',
      release: '21.1.0+26.1',
    });
    const told = await world.cluster.get(SecretKind, toOpenStack);
    expect(Buffer.from(told.data?.['tf_api_service'] ?? '', 'base64').toString()).toBe('tf-config-api.tf.svc');
    await world.cluster.advance(60);
    const mark = world.cluster.calls.length;
    await world.cluster.advance(3_600);
    expect(world.cluster.calls.slice(mark).filter(({ verb }) => verb !== 'get')).toEqual([]);
  });

  it('names what it waits for: first OpenStack, then nodes, then the workload that does not get ready', async () => {
    world = await anSdnWorld();
    const message = async (): Promise<string> => (await world.operator())?.status?.progress?.message ?? '';
    await world.cluster.apply(aTfOperator());
    await world.cluster.until('it waits for OpenStack', async () => (await message()).includes('tf-data'));
    await world.cluster.apply(tfData());
    await world.cluster.until('it waits for nodes', async () => (await message()).includes('tfconfigdb=enabled'));
    await world.cluster.apply(tfData({ tunnel_interface: 'br-tenant' }));
    await withNodes(world);
    await world.cluster.until('it names the bridge', stateIs('Failed'));
    expect(await message()).toContain('names br-tenant, which is no physical interface');
    await world.cluster.apply(tfData({ auth_url: 'https://keystone-api:5000/v3' }));
    await world.cluster.until('it asks who signs for Keystone', async () =>
      (await message()).includes('auth_certificate_authority'),
    );
    await world.cluster.apply(tfData());
    world.workloads.stuck.add('tf-cassandra');
    await world.cluster.until('it waits for Cassandra', async () => (await message()).includes('tf/tf-cassandra'));
    expect(await world.cluster.find(DaemonSetKind, { namespace: 'tf', name: 'tf-config' })).toBeUndefined();
    await world.cluster.until('it is given up', stateIs('Failed'), 4 * 3_600);
    world.workloads.stuck.clear();
    await world.cluster.apply(aTfOperator({ features: { config: { bgpAsn: 64_513 } } }));
    await world.cluster.until('Ready', stateIs('Ready'));
  });

  it('waits for the storage classes of its spec, which may be named anew until anything is deployed', async () => {
    world = await anSdnWorld();
    await withNodes(world);
    const message = async (): Promise<string> => (await world.operator())?.status?.progress?.message ?? '';
    const dbBackup = { enabled: true, storageClass: 'tapes' };
    await world.cluster.apply(tfData(), aTfOperator({ dataStorageClass: 'fast', features: { dbBackup } }));
    await world.cluster.until('it names the class', async () => (await message()).includes('spec.dataStorageClass'));
    expect(await message()).toBe(
      'spec.dataStorageClass names the storage class fast, and there is none of that name (the cluster has dumps, tungstenfabric-operator-bind-mounts): make it, or name another there. Nothing is deployed before.',
    );
    await world.cluster.advance(60);
    expect((await world.operator())?.status).toMatchObject({
      state: 'Pending',
      progress: { reason: 'NoStorageClass', waitingOn: { kind: 'StorageClass', name: 'fast' } },
    });
    expect((await world.cluster.api.list(StatefulSetKind)).items).toEqual([]);
    await world.cluster.apply(aTfOperator({ dataStorageClass: 'dumps', features: { dbBackup } }));
    await world.cluster.until('it names that of dumps', async () =>
      (await message()).includes('spec.features.dbBackup.storageClass names the storage class tapes'),
    );
    await world.cluster.apply(aStorageClass('tapes'));
    await world.cluster.until('Ready', stateIs('Ready'));
    // What is there needs no class any more, and keeps that it was made of.
    await world.cluster.api.delete(StorageClassKind, { name: 'tapes' });
    await world.cluster.advance(700);
    expect((await world.operator())?.status?.state).toBe('Ready');
    await expect(
      world.cluster.apply(aTfOperator({ dataStorageClass: 'tungstenfabric-operator-bind-mounts' })),
    ).rejects.toThrow('spec.dataStorageClass cannot change once OpenSDN is deployed');
  });

  it('shows its parts, derived from the TFOperator: what is changed there is put back', async () => {
    world = await anSdnWorld();
    await withNodes(world);
    await world.cluster.apply(tfData(), aTfOperator());
    await world.cluster.until('Ready', stateIs('Ready'));
    await world.cluster.advance(60);
    const shown = await Promise.all(tfPartKinds.map(async (kind) => (await world.cluster.api.list(kind)).items));
    expect(
      shown.flat().map(({ kind, metadata, status }) => `${kind} ${metadata.name} ${status?.state ?? '-'}`),
    ).toEqual([
      'TFConfig tf-config Ready',
      'TFControl tf-control Ready',
      'TFAnalytics tf-analytics Ready',
      'TFVrouter tf-vrouter Ready',
      'TFWebUI tf-webui Ready',
      'TFTool tf-tool Disabled',
      'TFTest tf-test Disabled',
    ]);
    const vRouters = { namespace: 'tf', name: 'tf-vrouter' };
    await world.cluster.api.patch(TFVrouterKind, vRouters, { spec: { agent: { image: 'another' } } });
    await world.cluster.until('it is put back', async () => {
      const { spec } = await world.cluster.get(TFVrouterKind, vRouters);
      return spec['agent']?.image?.includes('opensdn-vrouter-agent') === true;
    });
    world.workloads.stuck.add('tf-tool-cli');
    await world.cluster.apply(aTfOperator({ devOptions: { tools: { enabled: true } } }));
    const tool = async () => (await world.cluster.get(TFToolKind, { namespace: 'tf', name: 'tf-tool' })).status;
    await world.cluster.until(
      'the tools are awaited',
      async () => (await tool())?.message?.includes('tf-tool-cli') === true,
    );
    world.workloads.stuck.clear();
  });

  it('is restored: what writes stands still, the operator is told when it is done, and OpenSDN comes back', async () => {
    world = await anSdnWorld();
    await withNodes(world);
    const dbBackup = { enabled: true, storageClass: 'dumps' };
    await world.cluster.apply(tfData(), aTfOperator({ features: { dbBackup } }));
    await world.cluster.until('Ready', stateIs('Ready'));
    const message = async (): Promise<string> => (await world.operator())?.status?.progress?.message ?? '';
    await world.cluster.apply(aTfOperator({ features: { dbBackup, dbRestoreMode: { enabled: true } } }));
    await world.cluster.until('it is restored', async () => (await message()).startsWith('The databases are restored'));
    expect((await world.operator())?.status?.state).toBe('Deploying');
    await world.cluster.apply(aTfOperator({ features: { dbBackup, dbRestoreMode: { enabled: false } } }));
    await world.cluster.until('Ready again', stateIs('Ready'));
    expect((await world.cluster.api.list(JobKind, { namespace: 'tf' })).items).toEqual([]);
  });

  it('leaves whole: first what OpenStack was told, then workloads, then the object', async () => {
    world = await anSdnWorld();
    await withNodes(world);
    await world.cluster.apply(tfData(), aTfOperator());
    await world.cluster.until('Ready', stateIs('Ready'));
    const locks = async (): Promise<number> =>
      (await world.cluster.api.list(NodeWorkloadLockKind)).items.length +
      (await world.cluster.api.list(ClusterWorkloadLockKind)).items.length;
    await world.cluster.until('nodes and cluster are locked', async () => (await locks()) === 6);
    await world.cluster.api.delete(TFOperatorKind, operatorKey);
    await world.cluster.until('it is gone', async () => (await world.operator()) === undefined);
    expect(await world.cluster.find(SecretKind, toOpenStack)).toBeUndefined();
    expect((await world.cluster.api.list(DaemonSetKind)).items).toEqual([]);
    expect(await locks()).toBe(0);
    expect((await world.cluster.api.list(ConfigMapKind, { namespace: 'tf' })).items).toEqual([]);
  });

  it('is let go an hour later when something will not go, and an Event names it', async () => {
    world = await anSdnWorld();
    await withNodes(world);
    await world.cluster.apply(tfData(), aTfOperator());
    await world.cluster.until('Ready', stateIs('Ready'));
    const held = { namespace: 'tf', name: 'tf-control' };
    await world.cluster.api.patch(DaemonSetKind, held, { metadata: { finalizers: ['example.com/held'] } });
    await world.cluster.api.delete(TFOperatorKind, operatorKey);
    await world.cluster.until(
      'it waits for it',
      async () => (await world.operator())?.status?.progress?.message?.includes('tf/tf-control') === true,
    );
    await world.cluster.advance(3_000);
    expect(await world.operator()).toBeDefined();
    await world.cluster.until('it is gone', async () => (await world.operator()) === undefined, 3_600);
    const events = (await world.cluster.api.list(EventKind)).items;
    expect(events.filter(({ reason }) => reason === 'LeftBehind').map(({ message }) => message)).toEqual([
      expect.stringContaining('still there: DaemonSet tf/tf-control.'),
    ]);
  });
});

describe('the preset compute-tf', () => {
  it('is applied from one OpenStackDeployment: each side gives the other what it waits for', async () => {
    world = await anSdnWorld();
    await withNodes(world);
    await world.cluster.apply(namespace('openstack-external'));
    await world.cluster.run(
      'openstack-svc',
      openstack({
        renderer: cloudRenderer,
        release: () => '21.1.0+26.1',
        findRelease: () => Promise.resolve(undefined),
        host: 'test',
        noteFigures: () => undefined,
        apis: { ask: () => Promise.resolve([]) },
        askMember: () => Promise.resolve(undefined),
        amphoraApiOf: () => {
          throw new Error('no cloud is asked here');
        },
        cloudLoadOf: () => {
          throw new Error('no cloud is asked here');
        },
        hypervisorsOf: () => {
          throw new Error('no cloud is asked here');
        },
        recoveryOf: () => {
          throw new Error('no cloud is asked here');
        },
        podsOn: () => Promise.resolve([]),
        podsOf: () => Promise.resolve([]),
        powerOf: () => Promise.resolve({ power: 'Unknown', staysOff: false, message: 'nobody is asked here' }),
      }),
    );
    await world.cluster.apply(aDeployment({ preset: 'compute-tf' }));
    const key = { namespace: 'openstack', name: 'osh' };
    const stateOf = async () => (await world.cluster.find(OpenStackDeploymentStatusKind, key))?.status;
    await world.cluster.until('APPLIED', async () => (await stateOf())?.osdpl?.state === 'APPLIED');
    expect([(await world.operator())?.status?.state, (await stateOf())?.services?.['networking']?.state]).toEqual([
      'Ready',
      'APPLIED',
    ]);
  });
});
