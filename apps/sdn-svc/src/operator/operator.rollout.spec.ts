import { describe, expect, it } from '@jest/globals';
import type { TFOperator } from '@keelson/api';
import { waitingOn } from '@keelson/reconcile';
import { anOperator, anOperatorWorld, vRoutersOn } from './operator.fixtures.js';
import { rolloutIn } from './operator.rollout.js';
import { operatorMachine } from './operator.states.js';
import { operatorStatus } from './operator.status.js';

const hour = 3_600_000;
const begun = Date.UTC(2026, 0, 1);
const nodes = 40;
const outcome = waitingOn({ kind: 'DaemonSet', name: 'tf-vrouter-agent' }, 'NotReady', 'one by one');

/** The status after a look at which so many vRouters are replaced, so long after the beginning. */
function look(before: TFOperator['status'], updated: number, after: number): TFOperator['status'] {
  const services = [{ name: 'vRouter', items: [vRoutersOn(nodes, updated)] } as const];
  const operator = anOperator(before);
  const world = anOperatorWorld({ now: begun + after, operator, services, rollout: rolloutIn(services) });
  const status = operatorStatus(world, { plan: { steps: [], outcome }, done: [], outcome, attempt: 0, now: world.now });
  const since = status?.state === before?.state ? (before?.progress?.since ?? '') : new Date(world.now).toISOString();
  const from = operatorMachine.renewedAt?.({ ...operator, status: status ?? {} }) ?? Date.parse(since);
  const deadline = new Date(Math.max(from, Date.parse(since)) + 2 * hour).toISOString();
  return { ...status, progress: { state: status?.state ?? '', since, deadline } };
}

describe('vRouters that are replaced one node after the other', () => {
  it('are deployed as long as nodes follow each other, however many there are', () => {
    let status = look(undefined, 0, 0);
    for (let updated = 1; updated <= nodes; updated += 1) {
      status = look(status, updated, updated * hour);
      expect(status?.state).toBe('Deploying');
    }
    expect(status?.rollout).toMatchObject({ ready: nodes, wanted: nodes });
  });

  it('have failed two hours after the last, and are deployed again when there is another', () => {
    const stuck = look(look(undefined, 0, 0), 5, hour);
    expect(look(stuck, 5, 2.9 * hour)?.state).toBe('Deploying');
    const failed = look(stuck, 5, 3.1 * hour);
    expect(failed?.state).toBe('Failed');
    expect(look(failed, 5, 9 * hour)?.state).toBe('Failed');
    expect(look(failed, 6, 9 * hour)?.state).toBe('Deploying');
  });

  it('that come and go put nothing off', () => {
    let status = look(look(undefined, 0, 0), 5, hour);
    for (let n = 1; n < 20; n += 1) status = look(status, n % 2 === 0 ? 5 : 4, (1 + n / 10) * hour);
    expect(status?.state).toBe('Deploying');
    expect(look(status, 5, 3.1 * hour)?.state).toBe('Failed');
  });
});
