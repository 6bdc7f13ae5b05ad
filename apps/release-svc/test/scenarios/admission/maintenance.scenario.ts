import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClusterKind, type KubeObject, MachineKind } from '@keelson/api';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { policies } from '../policies.js';

const namespace = 'demo';

describe('the configuration of what is in maintenance', () => {
  let world: HermeticCluster;
  beforeEach(async () => {
    world = await hermeticCluster();
    await world.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      aCluster('held'),
      aCluster('other'),
      aMachine('wk-1', 'held'),
      aMachine('wk-2', 'other'),
      ...policies('maintenance'),
    );
    await report(true);
  });
  afterEach(() => world.close());

  const report = async (maintenance: boolean): Promise<void> => {
    await world.report(ClusterKind, { namespace, name: 'held' }, { providerStatus: { ready: true, maintenance } });
    await world.advance(5);
  };
  const cluster = (value: object, name = 'held'): Promise<KubeObject> =>
    world.api.patch(ClusterKind, { namespace, name }, { spec: { providerSpec: { value } } });
  const machine = (value: object, name = 'wk-1'): Promise<KubeObject> =>
    world.api.patch(MachineKind, { namespace, name }, { spec: { providerSpec: { value } } });

  it.each([
    ['added', { dnsNameservers: ['10.0.0.1'] }, 'dnsNameservers'],
    ['changed', { maxWorkerUpgradeCount: 3 }, 'maxWorkerUpgradeCount'],
    ['taken away', { maxWorkerUpgradeCount: null }, 'maxWorkerUpgradeCount'],
  ])('of a cluster is not %s, and the refusal names it and how to go on', async (_how, value, field) => {
    const refusal = `spec.providerSpec.value: ${field} cannot be changed while the cluster is in maintenance mode (SSH keys can): unset spec.providerSpec.value.maintenance first`;
    await expect(cluster(value)).rejects.toThrow(refusal);
    await cluster(value, 'other');
    await report(false);
    await cluster(value);
  });

  it('of a cluster outside of providerSpec is not changed either', async () => {
    const services = { cidrBlocks: ['10.240.0.0/18'] };
    const spec = { clusterNetwork: { services, pods: { cidrBlocks: ['10.233.64.0/18'] } } };
    await expect(world.api.patch(ClusterKind, { namespace, name: 'held' }, { spec })).rejects.toThrow(
      'spec: clusterNetwork cannot be changed while the cluster is in maintenance mode',
    );
  });

  it('leaves SSH keys, labels and the end of the maintenance to the operator', async () => {
    await cluster({ publicKeys: [{ name: 'ops' }] });
    await world.api.patch(ClusterKind, { namespace, name: 'held' }, { metadata: { labels: { team: 'a' } } });
    await cluster({ maintenance: false });
  });

  it('of a machine is not changed while its cluster is in maintenance; what is asked of it may be', async () => {
    const nodeLabels = [{ key: 'stacklight', value: 'enabled' }];
    await expect(machine({ nodeLabels })).rejects.toThrow(
      'spec.providerSpec.value: nodeLabels cannot be changed while the cluster held is in maintenance mode: unset spec.providerSpec.value.maintenance of its machines, then of the Cluster, first',
    );
    await machine({ nodeLabels }, 'wk-2');
    await machine({ maintenance: true });
    await machine({ maintenance: false, disable: true });
    await machine({ delete: true });
  });
});

function aCluster(name: string): KubeObject {
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, namespace },
    spec: {
      clusterNetwork: { services: { cidrBlocks: ['10.233.0.0/18'] }, pods: { cidrBlocks: ['10.233.64.0/18'] } },
      providerSpec: { value: { release: 'mosk-a', maxWorkerUpgradeCount: 2, maintenance: true } },
    },
  } as KubeObject;
}

function aMachine(name: string, cluster: string): KubeObject {
  return {
    apiVersion: 'cluster.k8s.io/v1alpha1',
    kind: 'Machine',
    metadata: { name, namespace, labels: { 'cluster.sigs.k8s.io/cluster-name': cluster } },
    spec: { providerSpec: { value: {} } },
  } as KubeObject;
}
