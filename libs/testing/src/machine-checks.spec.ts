import { describe, expect, it } from '@jest/globals';
import type { StateTable } from '@keelson/reconcile';
import { stateTableFaults } from './machine-checks.js';

const rest = (to: string[], deletable = false) => ({ meaning: 'rests', rest: true as const, to, deletable });
const moving = {
  meaning: 'moves',
  deadlineSeconds: 60,
  onDeadline: 'fails',
  heartbeat: { sign: 'poll', everySeconds: 10 },
  waitsFor: 'BMC',
  abort: 'delete it',
};

describe('the law of termination', () => {
  it('accepts a table that keeps it', () => {
    const table: StateTable = {
      kind: 'Host',
      initial: 'New',
      states: {
        New: { ...moving, to: ['Ready', 'Going'] },
        Ready: rest(['Going']),
        Going: { ...moving, to: [], deletable: true },
      },
    };
    expect(stateTableFaults(table)).toEqual([]);
  });

  it('names each way in which a table breaks it', () => {
    const table: StateTable = {
      kind: 'Host',
      initial: 'New',
      states: {
        New: { ...moving, deadlineSeconds: 0, abort: ' ', to: ['Ready', 'Nowhere'] },
        Ready: rest(['Going']),
        Going: { ...moving, waitsFor: '', onDeadline: '', heartbeat: { sign: '', everySeconds: 0 }, to: [] },
        Lost: rest([], true),
      },
    };
    expect(stateTableFaults(table)).toEqual([
      'Host "New": may go to "Nowhere", which is not in the table',
      'Host "New": has no deadline',
      'Host "New": does not say how it is aborted',
      'Host "Going": has no sign of life',
      'Host "Going": does not say what follows its deadline',
      'Host "Going": does not say what it waits for',
      'Host "Going": leads nowhere and is no state of rest',
      'Host: no way leads to "Lost"',
      'Host: from "New" there is no way to deletion',
      'Host: from "Ready" there is no way to deletion',
      'Host: from "Going" there is no way to deletion',
    ]);
  });

  it('refuses an initial state that is not there', () => {
    expect(stateTableFaults({ kind: 'Host', initial: 'New', states: {} })).toEqual([
      'Host: the initial state "New" is not in the table',
    ]);
  });
});
