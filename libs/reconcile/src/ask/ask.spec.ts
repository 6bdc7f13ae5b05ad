import {
  type BareMetalHost,
  BareMetalHostKind,
  ConfigMapKind,
  configurationOf,
  IpamHostKind,
  keyOf,
} from '@keelson/api';
import { baremetalRequests, lifecycleRequests } from '@keelson/contracts';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { blockedBy, type Reconciler, type Step, waitingOn } from '../index.js';
import { anIpamHost, readyMap, testReconciler } from '../reconcile.fixtures.js';

const one = { namespace: 'default', name: 'one' };
let world: HermeticCluster;

afterEach(() => world.close());

/** Waits for the IpamHost of its name, or for what its description names. */
function hostReconciler(): Reconciler<BareMetalHost, BareMetalHost, Step> {
  return {
    name: 'test/host',
    kind: BareMetalHostKind,
    summary: 'Waits.',
    inputs: [],
    outputs: [],
    concurrency: 1,
    resyncSeconds: 600,
    steps: {},
    observe: async (_reader, host) => host,
    plan: (host) => ({ steps: [], outcome: waitsOf(host) }),
    status: () => undefined,
  };
}

function waitsOf({ metadata, spec }: BareMetalHost) {
  if (spec.description === undefined)
    return waitingOn(
      { kind: 'IpamHost', namespace: 'default', name: metadata.name },
      'NoNetwork',
      'its network is not there',
    );
  const [kind = '', name = ''] = spec.description.split('/');
  return kind === 'BMC'
    ? blockedBy({ kind, name }, 'WrongPassword', 'correct the password')
    : waitingOn({ kind, namespace: 'default', name }, 'Waits', 'it waits');
}

function aHost(name: string, description?: string): BareMetalHost {
  return configurationOf(BareMetalHostKind, {
    metadata: { name, namespace: 'default' },
    spec: { online: true, ...(description === undefined ? {} : { description }) },
  });
}

describe('plan', () => {
  it('prints what would be done, and does nothing', async () => {
    world = await hermeticCluster();
    let isHeld = true;
    const manager = await world.run('baremetal-svc', [
      testReconciler({ ran: () => (isHeld ? Promise.reject(new Error('not yet')) : undefined) }),
    ]);
    await world.apply(anIpamHost('one'));
    await world.advance(1);
    const answer = {
      lines: ['hold one', 'then: look again at once'],
      steps: [{ type: 'addFinalizer', text: 'hold one' }],
      outcome: { type: 'progressing' },
    };
    expect(await manager.plan('IpamHost', one)).toEqual(answer);
    expect(await world.bus.request(baremetalRequests.ipamhost.plan, one, { timeoutMs: 1_000 })).toEqual(answer);
    expect((await world.get(IpamHostKind, one)).metadata.finalizers).toBeUndefined();
    isHeld = false;
  });

  it('says why nothing is to be done', async () => {
    world = await hermeticCluster();
    const manager = await world.run('baremetal-svc', [testReconciler()]);
    await world.apply(anIpamHost('one'));
    await world.advance(5);
    expect((await manager.plan('IpamHost', one)).lines).toEqual([
      'nothing to do: waiting for ConfigMap default/one: MapNotReady: the ConfigMap one is not ready',
    ]);
    await world.apply(readyMap('one'));
    await world.advance(5);
    expect(await manager.plan('IpamHost', one)).toEqual({
      lines: ['nothing to do: settled, the world matches the spec'],
      steps: [],
      outcome: { type: 'settled' },
    });
    await expect(manager.plan('IpamHost', { namespace: 'default', name: 'two' })).rejects.toThrow(
      'there is no IpamHost default/two',
    );
    await expect(manager.plan('Machine', one)).rejects.toThrow('baremetal-svc has no reconciler of Machine');
  });
});

describe('why', () => {
  it('walks to the one thing that must move', async () => {
    world = await hermeticCluster();
    const manager = await world.run('baremetal-svc', [testReconciler(), hostReconciler()]);
    await world.apply(anIpamHost('one'), aHost('one'), aHost('locked', 'BMC/srv-1'));
    await world.advance(5);
    const { chain } = await manager.why('BareMetalHost', one);
    expect(chain.map(({ object, state, reason }) => [object.kind, object.name, state, reason])).toEqual([
      ['BareMetalHost', 'one', undefined, 'NoNetwork'],
      ['IpamHost', 'one', 'Waiting', 'MapNotReady'],
      ['ConfigMap', 'one', undefined, undefined],
    ]);
    expect((await manager.why('BareMetalHost', { namespace: 'default', name: 'locked' })).chain.at(-1)).toEqual({
      object: { kind: 'BMC', name: 'srv-1' },
    });
  });

  it('asks the owner of what it waits for', async () => {
    world = await hermeticCluster();
    const manager = await world.run('baremetal-svc', [hostReconciler()]);
    await world.bus.respond(lifecycleRequests.machine.why, async ({ name }) => ({
      chain: [
        {
          object: { kind: 'Machine', namespace: 'default', name },
          state: 'Deploy',
          reason: 'Waits',
          message: 'its host',
        },
        { object: { kind: 'BareMetalHost', namespace: 'default', name: 'two' } },
      ],
    }));
    await world.apply(aHost('one', 'Machine/m1'), aHost('two', 'BMC/srv-2'), aHost('three', 'Cluster/c1'));
    await world.advance(5);
    expect(
      (await manager.why('BareMetalHost', one)).chain.map(({ object }) => `${object.kind}/${object.name}`),
    ).toEqual(['BareMetalHost/one', 'Machine/m1', 'BareMetalHost/two', 'BMC/srv-2']);
    expect((await manager.why('BareMetalHost', { namespace: 'default', name: 'three' })).chain.at(-1)).toMatchObject({
      object: { kind: 'Cluster', name: 'c1' },
      reason: 'OwnerSilent',
    });
  });

  it('finds circles, within a service and across', async () => {
    world = await hermeticCluster();
    const manager = await world.run('baremetal-svc', [hostReconciler()]);
    await world.bus.respond(lifecycleRequests.machine.why, async ({ name }) => ({
      chain: [
        { object: { kind: 'Machine', namespace: 'default', name }, state: 'Deploy' },
        { object: { kind: 'BareMetalHost', namespace: 'default', name: 'across' } },
      ],
    }));
    await world.apply(
      aHost('one', 'BareMetalHost/two'),
      aHost('two', 'BareMetalHost/one'),
      aHost('across', 'Machine/m1'),
    );
    await world.advance(5);
    const reasons = async (name: string): Promise<(string | undefined)[]> =>
      (await manager.why('BareMetalHost', { namespace: 'default', name })).chain.map(({ reason }) => reason);
    expect(await reasons('one')).toEqual(['Waits', 'Waits', 'Circle']);
    expect(await reasons('across')).toEqual(['Waits', undefined, 'Circle']);
  });

  it('answers others for its own part only, and says who is next', async () => {
    world = await hermeticCluster();
    await world.run('baremetal-svc', [hostReconciler()]);
    await world.apply(aHost('one', 'Machine/m1'));
    await world.advance(5);
    const { chain } = await world.bus.request(baremetalRequests.host.why, one, { timeoutMs: 1_000 });
    expect(chain).toEqual([
      {
        object: { kind: 'BareMetalHost', namespace: 'default', name: 'one' },
        lookedAt: '2026-01-01T00:00:00Z',
        reason: 'Waits',
        message: 'it waits',
      },
      { object: { kind: 'Machine', namespace: 'default', name: 'm1' } },
    ]);
  });
});

describe('history', () => {
  it('is answered on the bus', async () => {
    world = await hermeticCluster();
    await world.run('baremetal-svc', [testReconciler()]);
    await world.apply(anIpamHost('one'), readyMap('one'));
    await world.advance(5);
    const { transitions } = await world.bus.request(
      baremetalRequests.ipamhost.history,
      { ...one, limit: 2 },
      { timeoutMs: 1_000 },
    );
    expect(transitions.map(({ to }) => to).at(-1)).toBe('Ready');
    expect(transitions).toHaveLength(2);
    expect(keyOf(await world.get(ConfigMapKind, one))).toEqual(one);
  });
});
