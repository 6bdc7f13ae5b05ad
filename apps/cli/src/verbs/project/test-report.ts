import { relative } from 'node:path';
import { plain } from '../../screen/style.js';

/** Sums of one lane, or of all, and what failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly TestFailure[];
}

export interface TestFailure {
  readonly lane: string;
  /** File and full name of the test; the file alone when it could not even be loaded. */
  readonly test: string;
  readonly message: string;
}

/** What Jest writes with `--json`, as far as it is read here. */
export interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };

export function sum(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

/**
 * The sums of a run. A file that could not be loaded, a run that ended badly without naming a test, and a lane in which no
 * test ran count as failures.
 */
export function tallyOf(lane: string, result: JestResult | undefined, code: number, root: string): Tally {
  if (result === undefined)
    return {
      ...nothing,
      failed: 1,
      failures: [{ lane, test: 'the whole lane', message: `Jest ended with code ${code} and left no result` }],
    };
  const failures = failuresOf(lane, result, root);
  const counted = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const unnamed = counted === 0 && (code !== 0 || result.numTotalTests === 0);
  const reason = result.numTotalTests === 0 ? 'no test ran' : `Jest ended with code ${code} although no test failed`;
  return {
    passed: result.numPassedTests,
    failed: unnamed ? 1 : counted,
    skipped: result.numPendingTests + result.numTodoTests,
    failures: unnamed ? [...failures, { lane, test: 'the whole lane', message: reason }] : failures,
  };
}

function failuresOf(lane: string, result: JestResult, root: string): TestFailure[] {
  return result.testResults.flatMap((file) => {
    const path = relative(root, file.name);
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0 && file.status === 'failed')
      return [{ lane, test: path, message: shortened(file.message) }];
    return failed.map(({ ancestorTitles, title, failureMessages = [] }) => ({
      lane,
      test: [path, ...ancestorTitles, title].join(' › '),
      message: shortened(failureMessages.join('\n')),
    }));
  });
}

const mostLines = 30;

/** The message without colours and stack; its first lines. */
function shortened(message: string): string {
  const lines = plain(message)
    .split('\n')
    .filter((line) => !/^\s+at .*(node_modules|node:|<anonymous>)/.test(line));
  return (lines.length > mostLines ? [...lines.slice(0, mostLines), '…'] : lines).join('\n').trimEnd();
}

/** Every failure with its lane, name and message. */
export function failuresText(failures: readonly TestFailure[]): string {
  return failures
    .map(({ lane, test, message }) => `✗ lane ${lane}: ${test}\n${message.replace(/^/gm, '    ')}`)
    .join('\n');
}
