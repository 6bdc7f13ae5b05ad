import { type IpamHost, IpamHostKind } from '@keelson/api';
import { expect, it } from '@jest/globals';
import { hermeticCluster } from '@keelson/testing';
import { settled, waitingOn } from '../plan.js';
import { anIpamHost, testReconciler, type TestState } from '../reconcile.fixtures.js';
import type { Plan } from '../plan.js';

const one = { namespace: 'default', name: 'one' };

/** What is refused at the end of a scenario in which a reconciler always says the same of how an object stands. */
async function refusalOf(state: TestState, outcome: Plan<never>['outcome']): Promise<string | undefined> {
  const world = await hermeticCluster();
  const changes = { plan: () => ({ steps: [], outcome }), status: () => ({ ipAllocationResult: state }) };
  await world.run('baremetal-svc', [testReconciler({}, changes)]);
  await world.apply(anIpamHost('one'));
  await world.advance(5);
  expect((await world.get<IpamHost>(IpamHostKind, one)).status?.progress?.state).toBe(state);
  return world.close().then(
    () => undefined,
    (error: Error) => error.message,
  );
}

it('a pass that is settled in a state of movement is refused, for nobody would be waited for', async () => {
  const refusal = await refusalOf('Waiting', settled);
  expect(refusal).toContain('test/ipamhost: IpamHost one is settled in the state "Waiting", which is none of rest');
});

it('a move that is not in the table is refused', async () => {
  expect(await refusalOf('Failed', settled)).toContain('goes from "New" to "Failed", which its state table forbids');
});

it('a pass that waits in a state of movement, or is settled in one of rest, is not', async () => {
  expect(await refusalOf('Waiting', waitingOn({ kind: 'Map', name: 'one' }, 'MapNotReady', 'no map'))).toBeUndefined();
  expect(await refusalOf('Ready', settled)).toBeUndefined();
});
