import { describe, expect, test } from '@jest/globals';
import { terminal } from '@keelson/std';
import { asTestResult, type StepResult, summary } from '../report.js';
import { zed } from '../cloud/releases.js';
import { Rollout } from '../cloud/rollout.js';
import { Cluster } from '../pods/cluster.js';
import { chosen, runSteps, Skipped, type Step, type StepContext } from './step.js';

const cluster = new Cluster({ namespace: 'n', domain: 'd', directory: '/nowhere', trees: {}, say: () => undefined });
const context: StepContext = {
  cluster,
  rollout: new Rollout(cluster, zed, () => undefined),
  api: () => {
    throw new Error('there is no cloud');
  },
  say: () => undefined,
  directory: '/nowhere',
  found: new Map(),
};
const step = (name: string, needs: string[], run: () => Promise<string>): Step => ({ name, needs, run });
const outcomes = async (...steps: Step[]) =>
  (await runSteps(steps, context, () => undefined)).map(({ step: name, status, what }) => [name, status, what]);

describe('steps', () => {
  test('what needs a failed one is skipped with the reason, never passed', async () => {
    expect(
      await outcomes(
        step('one', [], () => Promise.reject(terminal('keystone said no'))),
        step('two', ['one'], () => Promise.resolve('fine')),
        step('three', [], () => Promise.resolve('fine')),
      ),
    ).toEqual([
      ['one', 'failed', 'keystone said no'],
      ['two', 'skipped', 'needs one'],
      ['three', 'passed', 'fine'],
    ]);
  });

  test('some are chosen by words of their names, with what they need', () => {
    const all = [
      step('one', [], () => Promise.resolve('')),
      step('two', ['one'], () => Promise.resolve('')),
      step('three', ['two'], () => Promise.resolve('')),
      step('four', [], () => Promise.resolve('')),
    ];
    const names = (words?: string) => chosen(all, words).map(({ name }) => name);
    expect([names(), names('thr'), names('tw,fo')]).toEqual([
      ['one', 'two', 'three', 'four'],
      ['one', 'two', 'three'],
      ['one', 'two', 'four'],
    ]);
  });

  test('a machine that cannot do a step says so', async () => {
    expect(await outcomes(step('drain', [], () => Promise.reject(new Skipped('one node only'))))).toEqual([
      ['drain', 'skipped', 'one node only'],
    ]);
  });
});

describe('the report', () => {
  const results: StepResult[] = [
    { step: 'token', status: 'passed', seconds: 1.25, what: 'a token' },
    { step: 'server', status: 'failed', seconds: 60, what: 'NoValidHost\nlog' },
    { step: 'volume', status: 'skipped', seconds: 0, what: 'needs server' },
  ];

  test('has a line a step and the sums', () => {
    expect(summary(results)).toBe(
      [
        '✓ token      1.3 s  a token',
        '✗ server    60.0 s  NoValidHost',
        '– volume     0.0 s  needs server',
        '1 passed, 1 failed, 1 skipped',
      ].join('\n'),
    );
  });

  test('is read as a test result', () => {
    expect(asTestResult('f', results)).toMatchObject({ numPassedTests: 1, numFailedTests: 1, numPendingTests: 1 });
  });
});
