import { IpamHostKind, LeaseKind } from '@keelson/api';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type HermeticCluster, hermeticCluster } from '@keelson/testing';
import { anIpamHost, readyMap, testReconciler } from './reconcile.fixtures.js';

let world: HermeticCluster;

afterEach(() => world.close());

async function isReady(name: string): Promise<boolean> {
  return (await world.find(IpamHostKind, { namespace: 'default', name }))?.status?.ipAllocationResult === 'Ready';
}

describe('two processes of one service', () => {
  it('reconcile one at a time, and the second goes on where the first ended', async () => {
    world = await hermeticCluster();
    const by: string[] = [];
    const service = (identity: string) =>
      world.run('baremetal-svc', [testReconciler({ ran: () => void by.push(identity) })], {
        leaderElection: true,
        identity,
      });
    const first = await service('first');
    await world.advance(5);
    const second = await service('second');
    expect([first.lacks(), second.lacks()]).toEqual([undefined, undefined]);
    await world.apply(anIpamHost('one'), readyMap('one'));
    await world.until('the first made it ready', () => isReady('one'), 30);
    expect(new Set(by.splice(0))).toEqual(new Set(['first']));
    expect((await second.plan('IpamHost', { namespace: 'default', name: 'one' })).outcome.type).toBe('settled');
    const stopping = first.stop();
    await world.advance(10);
    await stopping;
    expect(
      (await world.get(LeaseKind, { namespace: 'keelson-system', name: 'baremetal-svc' })).spec.holderIdentity,
    ).toBe('second');
    await world.apply(anIpamHost('two'), readyMap('two'));
    await world.until('the second made it ready', () => isReady('two'), 60);
    expect(new Set(by)).toEqual(new Set(['second']));
    await world.advance(1);
    expect((await second.history('IpamHost', { namespace: 'default', name: 'one' })).map(({ to }) => to)).toEqual([
      'New',
      'Waiting',
      'Ready',
    ]);
  });

  it('need an identity', async () => {
    world = await hermeticCluster();
    await expect(world.run('baremetal-svc', [testReconciler()], { leaderElection: true })).rejects.toThrow(
      'leader election needs an identity',
    );
  });
});
