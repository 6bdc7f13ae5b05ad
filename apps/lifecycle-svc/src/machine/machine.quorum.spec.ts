import { describe, expect, it } from '@jest/globals';
import type { Machine } from '@keelson/api';
import type { Member } from '../lcmmachine/lcmmachine.observe.js';
import { aMachine, anItem, anLcmMachine } from './machine.fixtures.js';
import { quorumProblem } from './machine.quorum.js';

const items = [anItem('deploy', 'deploy')];
function member(
  name: string,
  more: { ready?: boolean; leaving?: boolean; left?: boolean; prepared?: boolean } = {},
): Member {
  const { ready = true, leaving = false, left = false, prepared = false } = more;
  const metadata = leaving || left ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
  const machine = aMachine(
    name,
    {},
    {
      metadata,
      status: {
        providerStatus: {
          status: 'Ready',
          conditions: [
            { type: 'LCM', ready },
            { type: 'PrepareDeletion', ready: !leaving },
          ],
          ...(left ? { prepareDeletionPhase: 'completed' } : {}),
        },
      },
    },
  );
  return {
    machine,
    lcmMachine: left ? undefined : anLcmMachine(name, items, { done: ['deploy'], spec: { prepareDeletion: prepared } }),
  };
}
const self = (members: readonly Member[]): Machine => members[0]?.machine ?? aMachine('cp-1');

describe('the quorum of a control plane', () => {
  it.each<[string, Member[], string | undefined]>([
    ['three ready members', [member('cp-1'), member('cp-2'), member('cp-3')], undefined],
    [
      'one of the others is not ready',
      [member('cp-1'), member('cp-2'), member('cp-3', { ready: false })],
      'QuorumAtRisk',
    ],
    ['the other one of two is ready', [member('cp-1'), member('cp-2')], undefined],
    ['it is the last one', [member('cp-1')], 'LastControlPlane'],
    [
      'another is being drained',
      [member('cp-1'), member('cp-2'), member('cp-3', { leaving: true, prepared: true })],
      'OneByOne',
    ],
    [
      'a younger one leaves too: the older goes first',
      [member('cp-1'), member('cp-2'), member('cp-3', { leaving: true })],
      undefined,
    ],
    [
      'of five, two others are broken',
      [
        member('cp-1'),
        member('cp-2'),
        member('cp-3'),
        member('cp-4', { ready: false }),
        member('cp-5', { ready: false }),
      ],
      'QuorumAtRisk',
    ],
    [
      'of five, one other is broken',
      [member('cp-1'), member('cp-2'), member('cp-3'), member('cp-4'), member('cp-5', { ready: false })],
      undefined,
    ],
    ['another has left already', [member('cp-1'), member('cp-2'), member('cp-3', { left: true })], undefined],
  ])('%s', (_name, members, reason) => {
    const problem = quorumProblem(self(members), members);
    expect(problem === undefined || !('reason' in problem) ? undefined : problem.reason).toBe(reason);
  });

  it('does not hold a machine that is no member yet', () => {
    const fresh = { ...member('cp-1'), lcmMachine: anLcmMachine('cp-1') };
    expect(quorumProblem(fresh.machine, [fresh])).toBeUndefined();
  });
});
