import { describe, expect, it } from '@jest/globals';
import { aMachine, anItem, anLcmMachine, answering } from '../machine/machine.fixtures.js';
import { anLcmClusterWorld } from './lcmcluster.fixtures.js';
import type { LcmClusterWorld } from './lcmcluster.observe.js';
import { apiSilent, controlPlaneDown } from './lcmcluster.silent.js';

const items = [anItem('join', 'deploy')];

/** A machine of the cluster, with an agent that is heard or not. */
function member(name: string, isHeard: boolean) {
  const progress = {
    state: 'Ready',
    since: '2026-01-01T00:00:00Z',
    reason: 'AgentSilent',
    message: `${name} is silent`,
  };
  const status = isHeard ? {} : { progress };
  return { machine: aMachine(name), lcmMachine: anLcmMachine(name, items, { done: ['join'], status }) };
}

function worldOf(answers: boolean, ...members: LcmClusterWorld['members']): LcmClusterWorld {
  const contact = answers ? answering.contact : { answers: false as const, since: 0, why: 'connection refused' };
  return anLcmClusterWorld({ members, child: { ...answering, contact } });
}

describe('an API of a cluster that does not answer', () => {
  it('is waited for because of the machines of the control plane that are down', () => {
    const world = worldOf(
      false,
      member('cp-1', false),
      member('cp-2', true),
      member('cp-3', false),
      member('wk-1', false),
    );
    expect(apiSilent(world, 5)).toMatchObject({
      reason: 'APISilent',
      on: { kind: 'LCMMachine', namespace: 'demo', name: 'cp-1' },
      message:
        'the API of the cluster does not answer: connection refused; of its control plane cp-1, cp-3 are down: cp-1 is silent',
    });
  });

  it('is waited for as such where the control plane is heard', () => {
    const world = worldOf(false, member('cp-1', true), member('wk-1', false));
    expect(apiSilent(world, 5)).toMatchObject({ on: { kind: 'KubernetesAPI', name: 'demo/first' } });
    expect(controlPlaneDown(world, 5)).toBeUndefined();
  });

  it('holds nothing once it answers', () => {
    const world = worldOf(true, member('cp-1', false));
    expect([apiSilent(world, 5), controlPlaneDown(world, 5)]).toEqual([undefined, undefined]);
  });
});
