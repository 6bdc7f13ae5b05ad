import { type IpamHost, IpamHostKind, type Progress } from '@keelson/api';
import { describe, expect, it } from '@jest/globals';
import { hermeticCluster } from '@keelson/testing';
import { type Outcome, blockedBy, progressing, settled, waitingOn } from '../plan.js';
import type { Holds } from '../reconciler.js';
import { anIpamHost, testReconciler } from '../reconcile.fixtures.js';

const own = waitingOn({ kind: 'Map', name: 'own' }, 'OwnReason', 'it waits');
const blocked = blockedBy({ kind: 'Map', name: 'own' }, 'OwnReason', 'it is wrong');
const [first, last, also] = (['first', 'last', 'also'] as const).map((holds) => ({
  holds,
  outcome: waitingOn({ kind: 'Map', name: holds }, holds, `held ${holds}`),
}));

/** What an object tells whose reconciler with the machine ends so, beside others that hold it. */
async function told(
  outcome: Outcome,
  ...others: readonly ({ holds: Holds; outcome: Outcome } | undefined)[]
): Promise<Progress | undefined> {
  const world = await hermeticCluster();
  const status = () => ({ ipAllocationResult: outcome.type === 'settled' ? 'Ready' : 'Waiting' });
  const beside = others.flatMap((other) => {
    if (other === undefined) return [];
    const { machine: _machine, ...plain } = testReconciler(
      {},
      { name: `test/${other.holds}`, plan: () => ({ steps: [], outcome: other.outcome }), status: () => undefined },
    );
    return [{ ...plain, outputs: [], holds: other.holds }];
  });
  await world.run('baremetal-svc', [testReconciler({}, { plan: () => ({ steps: [], outcome }), status }), ...beside]);
  await world.apply(anIpamHost('one'));
  await world.advance(5);
  const { status: shown } = await world.get<IpamHost>(IpamHostKind, { namespace: 'default', name: 'one' });
  await world.close();
  return shown?.progress;
}

describe('what holds an object by another reconciler of its kind', () => {
  it.each<readonly [string, Outcome, readonly (typeof first)[], string | undefined, string | undefined]>([
    ['first: before what the own waits for', own, [first], 'first', 'held first'],
    ['first: not before what only a person can help', blocked, [first], 'OwnReason', 'it is wrong'],
    ['last: after all', own, [last], 'OwnReason', 'it waits'],
    ['last: where nothing else does', settled, [last], 'last', 'held last'],
    ['also: after what the own waits for', own, [also], 'OwnReason', 'it waits; besides, held also'],
    ['also: after what only a person can help', blocked, [also], 'OwnReason', 'it is wrong; besides, held also'],
    ['also: after one that is first', own, [first, also], 'first', 'held first; besides, held also'],
    ['also: where nothing else does', settled, [also], 'also', 'held also'],
  ])('%s', async (_how, outcome, others, reason, message) => {
    const progress = await told(outcome, ...others);
    expect([progress?.reason, progress?.message, progress?.waitingOn?.name]).toEqual([
      reason,
      message,
      reason === 'OwnReason' ? 'own' : reason,
    ]);
  });

  it('is nothing once it waits no longer', async () => {
    const free = { holds: 'also', outcome: settled } as const;
    expect((await told(own, free))?.message).toBe('it waits');
    expect((await told(settled, { holds: 'also', outcome: progressing() }))?.message).toBeUndefined();
  });
});
