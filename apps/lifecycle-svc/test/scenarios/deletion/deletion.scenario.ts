import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BareMetalHostKind,
  ClusterKind,
  LCMMachineKind,
  MachineKind,
  NamespaceKind,
  NodeKind,
  PodKind,
  RoleBindingKind,
  RoleKind,
  SecretKind,
  ServiceAccountKind,
} from '@keelson/api';
import { aHeldPod } from '../protocol.js';
import { type Rack, aRack, clusterName, namespace, theCluster } from '../rack/rack.js';

describe('the way out', () => {
  let rack: Rack;
  beforeEach(async () => {
    rack = await aRack({ servers: 5 });
    await rack.world.apply(...theCluster(2));
    await rack.allReady();
  });
  afterEach(async () => {
    await rack.close();
  });

  const isGone = async (name: string): Promise<boolean> =>
    (await rack.world.find(MachineKind, { namespace, name })) === undefined;
  const gone = (name: string, limitSeconds = 600): Promise<void> =>
    rack.world.until(`${name} is gone`, () => isGone(name), limitSeconds);
  const nodes = async (): Promise<readonly string[]> =>
    (await (await rack.child()).list(NodeKind)).items.map(
      (node) => node.metadata.labels?.['kaas.mirantis.com/machine-name'] ?? '',
    );

  it('kubectl delete machine: drains, removes the node, wipes the host, gives it back, leaves nothing behind', async () => {
    const instance = (await rack.machine('wk-1')).status?.instanceName ?? '';
    await rack.remove('wk-1');
    await gone('wk-1');
    expect((await rack.manager.history('Machine', { namespace, name: 'wk-1' })).at(-1)?.from).toBe('Deleting');
    const host = await rack.host('srv-4');
    expect({
      consumer: host.spec.consumerRef,
      image: host.spec.image,
      state: host.status?.provisioning.state,
      nodes: [...(await nodes())].sort(),
    }).toEqual({ consumer: undefined, image: undefined, state: 'available', nodes: ['cp-1', 'cp-2', 'cp-3', 'wk-2'] });
    const pods = (await (await rack.child()).list(PodKind)).items.filter(
      (pod) => pod.spec?.nodeName === instance && pod.metadata.ownerReferences?.[0]?.kind !== 'DaemonSet',
    );
    const left = await Promise.all([
      rack.world.find(LCMMachineKind, { namespace, name: 'wk-1' }),
      rack.world.find(SecretKind, { namespace, name: 'wk-1-cloud-init' }),
      rack.world.find(ServiceAccountKind, { namespace, name: 'lcm-wk-1' }),
      rack.world.find(RoleKind, { namespace, name: 'lcm-wk-1' }),
      rack.world.find(RoleBindingKind, { namespace, name: 'lcm-wk-1' }),
    ]);
    expect([pods.length, left]).toEqual([0, [undefined, undefined, undefined, undefined, undefined]]);
    await rack.world.advance(60);
    expect((await rack.cluster()).status?.providerStatus).toMatchObject({
      ready: true,
      nodes: { requested: 4, ready: 4 },
    });
  });

  it('delete: true does the same and can be taken back while it is being prepared', async () => {
    const child = await rack.child();
    const instance = (await rack.machine('wk-1')).status?.instanceName ?? '';
    await aHeldPod(rack, child, instance);
    await rack.ask('wk-1', { delete: true });
    await rack.world.until(
      'the budget is named',
      async () => (await rack.lcm('wk-1')).status?.kubernetesCordonDrainError?.includes('web/held') === true,
      300,
    );
    expect((await child.get(NodeKind, { name: instance }))?.spec?.unschedulable).toBe(true);
    await rack.ask('wk-1', { delete: false });
    await rack.allReady(300);
    expect((await child.get(NodeKind, { name: instance }))?.spec?.unschedulable).toBeUndefined();
    await rack.ask('wk-1', { delete: true });
    await rack.world.until(
      'it fails by its deadline',
      async () => (await rack.machine('wk-1')).status?.providerStatus?.prepareDeletionPhase === 'failed',
      2 * 3600,
    );
    expect((await rack.machine('wk-1')).status?.progress).toMatchObject({
      reason: 'DrainFailed',
      message: expect.stringContaining('web/held'),
    });
    await rack.ask('wk-1', { deletionPolicy: 'unsafe' });
    await gone('wk-1');
    expect((await rack.host('srv-4')).spec.consumerRef).toBeUndefined();
  });

  it('unsafe: no drain; the host is given back all the same', async () => {
    await rack.ask('wk-1', { deletionPolicy: 'unsafe' });
    await rack.remove('wk-1');
    await gone('wk-1');
    expect([(await rack.host('srv-4')).status?.provisioning.state, [...(await nodes())].sort()]).toEqual([
      'available',
      ['cp-1', 'cp-2', 'cp-3', 'wk-2'],
    ]);
  });

  it('forced: goes even when its host does not', async () => {
    rack.stuck.add('srv-4');
    await rack.remove('wk-1');
    await rack.world.until(
      'it waits for its host',
      async () => (await rack.machine('wk-1')).status?.progress?.reason === 'Deprovisioning',
      600,
    );
    await rack.world.advance(600);
    expect((await rack.machine('wk-1')).status?.progress?.waitingOn).toMatchObject({
      kind: 'BareMetalHost',
      name: 'srv-4',
    });
    await rack.ask('wk-1', { deletionPolicy: 'forced' });
    await gone('wk-1', 60);
    expect((await rack.world.get(BareMetalHostKind, { namespace, name: 'srv-4' })).spec.consumerRef).toBeUndefined();
  });

  it('two members of the control plane leave one by one; the last stays until the cluster goes', async () => {
    await Promise.all(['cp-1', 'cp-2', 'cp-3'].map((name) => rack.remove(name)));
    await rack.world.until(
      'one is left',
      async () => (await rack.machines()).filter((machine) => machine.metadata.name.startsWith('cp')).length === 1,
      3600,
    );
    await rack.world.advance(1200);
    const last = (await rack.machines()).find((machine) => machine.metadata.name.startsWith('cp'));
    expect(last?.status).toMatchObject({ phase: 'Deleting', errorReason: 'LastControlPlane' });
    expect((await rack.cluster()).status?.providerStatus?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Kubernetes', ready: true }),
    );
    await rack.world.api.delete(ClusterKind, { namespace, name: clusterName });
    await gone(last?.metadata.name ?? '');
    expect((await rack.cluster()).status?.progress).toMatchObject({
      reason: 'MachinesLeft',
      message: expect.stringContaining('delete wk-1, wk-2'),
    });
    await Promise.all(['wk-1', 'wk-2'].map((name) => rack.remove(name)));
    await rack.world.until(
      'the cluster is gone',
      async () => (await rack.world.find(ClusterKind, { namespace, name: clusterName })) === undefined,
      900,
    );
    const hosts = (await rack.world.api.list(BareMetalHostKind, { namespace })).items;
    expect(hosts.map((host) => host.spec.consumerRef)).toEqual(hosts.map(() => undefined));
  });

  it('a namespace that is deleted all at once goes, whatever went before what needs it', async () => {
    await rack.world.api.delete(NamespaceKind, { name: namespace });
    await rack.world.until(
      'the namespace is gone',
      async () => (await rack.world.find(NamespaceKind, { name: namespace })) === undefined,
      300,
    );
    expect(await rack.machines()).toEqual([]);
  });

  it('a graceful deletion that would cost the quorum waits and names who is broken', async () => {
    rack.cut('srv-2');
    await rack.world.until('cp-2 is not ready', async () => !(await rack.isReady('cp-2')), 300);
    await rack.remove('cp-3');
    await rack.world.advance(300);
    expect((await rack.machine('cp-3')).status?.progress).toMatchObject({
      reason: 'QuorumAtRisk',
      waitingOn: { kind: 'Machine', name: 'cp-2' },
    });
    await rack.mend('srv-2');
    await gone('cp-3', 900);
    expect([...(await nodes())].sort()).toEqual(['cp-1', 'cp-2', 'wk-1', 'wk-2']);
  });
});
