import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KubeObject, type TFOperator, TFOperatorKind } from '@keelson/api';
import { type HermeticCluster, hermeticCluster } from './hermetic-cluster.js';

let world: HermeticCluster;
beforeAll(async () => {
  world = await hermeticCluster();
  await world.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tf' } });
});
afterAll(() => world.close());

const operator = (spec: object): KubeObject =>
  ({
    apiVersion: 'tf.mirantis.com/v2',
    kind: 'TFOperator',
    metadata: { name: 'openstack-tf', namespace: 'tf' },
    spec,
  }) as KubeObject;

const create = (spec: object): Promise<KubeObject> => world.api.create(operator(spec), { dryRun: true });

describe('a TFOperator', () => {
  it('takes a manifest of the v2 form and fills in the rest', async () => {
    const made = (await create({
      features: { vRouter: { vRouterGateway: '172.23.0.1' } },
      nodes: {
        'rack-b': {
          labels: { name: 'rack', value: 'b' },
          nodeVRouter: { enabled: true, envSettings: { agent: { env: [{ name: 'LOG_LEVEL', value: 'SYS_DEBUG' }] } } },
        },
      },
    })) as TFOperator;
    expect(made.spec).toMatchObject({ tfVersion: '24.1', dataStorageClass: 'tungstenfabric-operator-bind-mounts' });
  });

  it('takes the features that documents name', async () => {
    const features = {
      config: { netnsAZ: 'edge' },
      control: {
        enableDNSExternal: false,
        gracefulRestart: { enabled: true, bgpHelperEnabled: true, restartTime: 60 },
      },
      dbBackup: { enabled: true, dataCapacity: '30Gi', schedule: '0 0 13 * 5', storedBackups: 10, suspend: true },
      dbRestoreMode: { enabled: true, dbDumpName: 'db-dump-20220111-110138.json' },
      imagePreCaching: false,
    };
    const cassandra = { resources: { limits: { cpu: '12' } }, configOptions: { file_cache_size_in_mb: 1024 } };
    const services = { analytics: { enabled: true, cassandra }, config: { cassandra } };
    expect(((await create({ features, services })) as TFOperator).spec).toMatchObject({ features, services });
  });

  it.each([
    ['a version that is none', { tfVersion: '5.1' }, /spec\.tfVersion/],
    [
      'a tag of another version',
      { tfVersion: '24.1', devOptions: { tfImageTag: '21.4.20240101' } },
      /spec\.devOptions\.tfImageTag must be a tag of tfVersion/,
    ],
    [
      'a name that no variable can have',
      { services: { vRouter: { envSettings: { agent: { env: [{ name: '9-x', value: '' }] } } } } },
      /env\[0\]\.name/,
    ],
    ['a schedule that is none', { features: { dbBackup: { schedule: 'daily' } } }, /dbBackup\.schedule/],
    [
      'dumps on a share that is not named',
      { features: { dbBackup: { enabled: true, backupType: 'pv_nfs' } } },
      /dbBackup\.nfsOptions must name the share/,
    ],
    [
      'vRouters in user space',
      { services: { vRouter: { agentDPDK: { enabled: true } } } },
      /agentDPDK cannot be enabled: OpenSDN has no vRouters in user space here/,
    ],
    [
      'a restart that takes longer than BGP allows',
      { features: { control: { gracefulRestart: { restartTime: 4096 } } } },
      /gracefulRestart\.restartTime/,
    ],
    [
      'a restore without dumps',
      { features: { dbRestoreMode: { enabled: true } } },
      /dbRestoreMode needs spec\.features\.dbBackup/,
    ],
    ['an encapsulation that is none', { features: { config: { encapPriority: 'GENEVE' } } }, /encapPriority/],
  ])('is refused with %s', async (_what, spec, message) => {
    await expect(create(spec)).rejects.toThrow(message);
  });

  it('keeps the class of its databases from when they are deployed', async () => {
    await world.api.create(operator({ dataStorageClass: 'misspelt' }));
    const key = { namespace: 'tf', name: 'openstack-tf' };
    await world.report(TFOperatorKind, key, { state: 'Pending' });
    await world.api.patch(TFOperatorKind, key, { spec: { dataStorageClass: 'volumes' } });
    const rollout = { of: 'a', ready: 0, wanted: 3, advancedAt: '2026-01-01T00:00:00Z' };
    await world.report(TFOperatorKind, key, { state: 'Deploying', rollout });
    await expect(world.api.patch(TFOperatorKind, key, { spec: { dataStorageClass: 'other' } })).rejects.toThrow(
      /spec\.dataStorageClass cannot change/,
    );
  });
});
