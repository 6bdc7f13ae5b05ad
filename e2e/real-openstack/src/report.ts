import { writeFileSync } from 'node:fs';

export interface StepResult {
  readonly step: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  /** What was found, why it failed, or why it was skipped. */
  readonly what: string;
}

/** One line a step, and the sums; details of failures follow. */
export function summary(results: readonly StepResult[]): string {
  const marks = { passed: '✓', failed: '✗', skipped: '–' } as const;
  const width = Math.max(0, ...results.map(({ step }) => step.length));
  const line = ({ step, status, seconds, what }: StepResult): string =>
    `${marks[status]} ${step.padEnd(width)} ${`${seconds.toFixed(1)} s`.padStart(9)}  ${what.split('\n')[0] ?? ''}`;
  const count = (status: StepResult['status']): number => results.filter((each) => each.status === status).length;
  return [
    ...results.map(line),
    `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`,
  ].join('\n');
}

/** In the form of Jest's results, which the command `test` reads. */
export function asTestResult(file: string, results: readonly StepResult[]): object {
  const count = (status: StepResult['status']): number => results.filter((each) => each.status === status).length;
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('skipped'),
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
    numTotalTests: results.length,
    testResults: [
      {
        name: file,
        status: count('failed') === 0 ? 'passed' : 'failed',
        message: '',
        assertionResults: results.map(({ step, status, what }) => ({
          ancestorTitles: [],
          title: step,
          status: status === 'skipped' ? 'pending' : status,
          failureMessages: status === 'failed' ? [what] : [],
        })),
      },
    ],
  };
}

export function writeReport(path: string, report: object): void {
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
}
