import { describe, expect, it } from '@jest/globals';
import type { LCMMachine, LCMMachineState } from '@keelson/api';
import { anItem, anLcmMachine } from '../machine/machine.fixtures.js';
import { lcmStateOf } from './lcmmachine.states.js';

const prepare = anItem('fetch', 'prepare');
const deploy = anItem('join', 'deploy', { ucp_tag: '3.8.7' });
const tune = anItem('tune', 'reconfigure');
const all = [prepare, deploy, tune];
const done = ['fetch', 'join', 'tune'];

describe('the state of an LCMMachine: the first rule that holds', () => {
  it.each<[LCMMachineState, string, LCMMachine]>([
    ['Uninitialized', 'no InternalIP, whatever else', anLcmMachine('wk-1', all, { heard: false, done })],
    ['Ready', 'a bastion', anLcmMachine('b-1', [], { spec: { type: 'bastion' } })],
    ['Pending', 'no items', anLcmMachine()],
    ['Prepare', 'only prepare items', anLcmMachine('wk-1', [prepare])],
    ['Prepare', 'only prepare items, all done', anLcmMachine('wk-1', [prepare], { done })],
    ['Prepare', 'a prepare item to run again', anLcmMachine('wk-1', all, { done: ['join', 'tune'] })],
    ['Deploy', 'a deploy item is left', anLcmMachine('wk-1', all, { done: ['fetch'] })],
    ['Deploy', 'a deploy item failed', anLcmMachine('wk-1', all, { done: ['fetch', 'tune'], failed: ['join'] })],
    ['Reconfigure', 'a reconfigure item is left', anLcmMachine('wk-1', all, { done: ['fetch', 'join'] })],
    ['Ready', 'all done', anLcmMachine('wk-1', all, { done })],
    ['Reboot', 'a reboot is wanted', anLcmMachine('wk-1', all, { done, spec: { rebootRequired: true } })],
    [
      'Ready',
      'the reboot is done',
      anLcmMachine('wk-1', all, { done, spec: { rebootRequired: true }, status: { reboot: { completed: true } } }),
    ],
    [
      'Upgrade',
      'another version of MKE is wanted',
      anLcmMachine('wk-1', all, { done, spec: { lcmType: 'ucp', components: { ucpVersion: '3.9.0' } } }),
    ],
    [
      'Ready',
      'the version of MKE is the one wanted',
      anLcmMachine('wk-1', all, { done, spec: { lcmType: 'ucp', components: { ucpVersion: '3.8.7' } } }),
    ],
    [
      'Ready',
      'k0s has no such version',
      anLcmMachine('wk-1', all, { done, spec: { lcmType: 'k0s', components: { ucpVersion: '3.9.0' } } }),
    ],
  ])('%s: %s', (state, _why, machine) => expect(lcmStateOf(machine)).toBe(state));
});
