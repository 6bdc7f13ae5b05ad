import { isFailure, messageOf, systemClock } from '@keelson/std';
import type { Api } from '../cloud/api.js';
import type { Rollout } from '../cloud/rollout.js';
import type { Cluster } from '../pods/cluster.js';
import type { StepResult } from '../report.js';

export interface StepContext {
  readonly cluster: Cluster;
  readonly rollout: Rollout;
  /** As the administrator, by the credentials of the moment. */
  readonly api: () => Api;
  readonly say: (line: string) => void;
  /** Directory of the run. */
  readonly directory: string;
  /** What a step leaves for those after it. */
  readonly found: Map<string, string>;
}

export interface Step<C = StepContext> {
  readonly name: string;
  /** Steps that must have passed. */
  readonly needs: readonly string[];
  /** What was seen, in a sentence. @throws Skipped for what this machine cannot do, anything else for a failure */
  run(context: C): Promise<string>;
}

/** Why a step could not be done here. */
export class Skipped extends Error {}

/**
 * Steps of which the name has one of the given words, and what they need. Words are separated by commas; none chooses all.
 */
export function chosen<C>(steps: readonly Step<C>[], words = ''): readonly Step<C>[] {
  const asked = words.split(',').filter((word) => word !== '');
  if (asked.length === 0) return steps;
  const wanted = new Set<string>();
  for (const { name, needs } of [...steps].reverse())
    if (wanted.has(name) || asked.some((word) => name.includes(word)))
      for (const each of [name, ...needs]) wanted.add(each);
  return steps.filter(({ name }) => wanted.has(name));
}

/** Runs the steps in order; one whose needs did not pass is skipped with the reason. */
export async function runSteps<C extends { readonly say: (line: string) => void }>(
  steps: readonly Step<C>[],
  context: C,
  note: (results: readonly StepResult[]) => void,
): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  const passed = new Set<string>();
  for (const step of steps) {
    context.say(`step ${step.name}`);
    const missing = step.needs.find((need) => !passed.has(need));
    const result = missing === undefined ? await outcomeOf(step, context) : skipped(step, `needs ${missing}`);
    if (result.status === 'passed') passed.add(step.name);
    context.say(`step ${step.name} ${result.status} in ${result.seconds.toFixed(1)} s: ${result.what}`);
    results.push(result);
    note(results);
  }
  return results;
}

async function outcomeOf<C>(step: Step<C>, context: C): Promise<StepResult> {
  const begun = systemClock.now();
  const seconds = (): number => (systemClock.now() - begun) / 1000;
  try {
    const what = await step.run(context);
    return { step: step.name, status: 'passed', seconds: seconds(), what };
  } catch (error) {
    const status = error instanceof Skipped ? 'skipped' : 'failed';
    const stack = error instanceof Error && !isFailure(error) ? `\n${error.stack ?? ''}` : '';
    return {
      step: step.name,
      status,
      seconds: seconds(),
      what: `${messageOf(error)}${status === 'failed' ? stack : ''}`,
    };
  }
}

function skipped(step: { readonly name: string }, what: string): StepResult {
  return { step: step.name, status: 'skipped', seconds: 0, what };
}
