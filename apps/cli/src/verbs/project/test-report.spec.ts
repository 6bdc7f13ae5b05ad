import { describe, expect, it } from '@jest/globals';
import { failuresText, type JestResult, tallyOf } from './test-report.js';

const result = (overrides: Partial<JestResult>): JestResult => ({
  numPassedTests: 1,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  numTotalTests: 1,
  testResults: [],
  ...overrides,
});

describe('the report of a lane', () => {
  it('counts what passed and was skipped', () => {
    expect(tallyOf('unit', result({ numPendingTests: 2, numTodoTests: 1 }), 0, '/r')).toEqual({
      passed: 1,
      failed: 0,
      skipped: 3,
      failures: [],
    });
  });

  it('names each failed test with its message, without the stack', () => {
    const failed = result({
      numFailedTests: 1,
      testResults: [
        {
          name: '/r/a.spec.ts',
          status: 'failed',
          message: 'all of it',
          assertionResults: [
            {
              ancestorTitles: ['outer'],
              title: 'inner',
              status: 'failed',
              failureMessages: [
                '\u001b[31mError: no\u001b[39m\n    at node_modules/jest/x.js:1\n    at Object (a.spec.ts:3)',
              ],
            },
          ],
        },
      ],
    });
    expect(failuresText(tallyOf('unit', failed, 1, '/r').failures)).toBe(
      '✗ lane unit: a.spec.ts › outer › inner\n    Error: no\n        at Object (a.spec.ts:3)',
    );
  });

  it.each([
    [
      'a file that cannot be loaded',
      result({
        numRuntimeErrorTestSuites: 1,
        testResults: [{ name: '/r/b.spec.ts', status: 'failed', message: 'SyntaxError', assertionResults: [] }],
      }),
      1,
      'b.spec.ts',
    ],
    ['a lane without tests', result({ numPassedTests: 0, numTotalTests: 0 }), 1, 'the whole lane'],
    ['a run that ended badly', result({}), 134, 'the whole lane'],
    ['a run without a result', undefined, 137, 'the whole lane'],
  ])('takes %s for a failure', (_what, given, code, test) => {
    const { failed, failures } = tallyOf('unit', given, code, '/r');
    expect({ failed, tests: failures.map((failure) => failure.test) }).toEqual({ failed: 1, tests: [test] });
  });
});
