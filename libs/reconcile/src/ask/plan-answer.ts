import type { KubeObject, Reference } from '@keelson/api';
import type { PlanAnswer } from '@keelson/contracts';
import { cacheReader } from '../pass/cache-reader.js';
import { describeStep } from '../pass/apply-steps.js';
import type { PassKit } from '../pass/pass.js';
import type { Outcome, Plan, Step } from '../plan.js';

/** What one reconciler would do to an object now. Observes and plans; nothing is applied. */
export async function planOf(kit: PassKit, object: KubeObject): Promise<Plan<Step>> {
  const reader = cacheReader(kit.caches, kit.written, kit.scope, kit.clock.now());
  return kit.reconciler.plan(await kit.reconciler.observe(reader, object));
}

/** Plans of an object's reconcilers as sentences, and its outlook. The outcome told is the one furthest from rest. */
export function planAnswer(
  object: KubeObject,
  plans: readonly { readonly kit: Pick<PassKit, 'reconciler'>; readonly plan: Plan<Step> }[],
): PlanAnswer {
  const steps = plans.flatMap(({ kit, plan }) =>
    plan.steps.map((step) => ({ type: step.type, text: describeStep(kit.reconciler.steps, step) })),
  );
  const outcome = plans.map(({ plan }) => plan.outcome).reduce(worse, { type: 'settled' });
  const last = steps.length === 0 ? `nothing to do: ${outcomeText(outcome)}` : `then: ${outcomeText(outcome)}`;
  const outlook = plans.flatMap(({ kit }) => kit.reconciler.machine?.outlookOf?.(object) ?? []);
  const lines = [...steps.map(({ text }) => text), last, ...outlook];
  return { lines, steps, outcome: outcomeAnswer(outcome) };
}

/** A reference as operators write it. */
export function referenceText({ kind, namespace, name }: Reference): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** An outcome as a sentence. */
export function outcomeText(outcome: Outcome): string {
  if (outcome.type === 'settled') return 'settled, the world matches the spec';
  if (outcome.type === 'progressing')
    return outcome.message === undefined ? 'look again at once' : `look again at once: ${outcome.message}`;
  return `${outcome.type === 'waiting' ? 'waiting for' : 'blocked by'} ${referenceText(outcome.on)}: ${outcome.reason}: ${outcome.message}`;
}

function outcomeAnswer(outcome: Outcome): PlanAnswer['outcome'] {
  if (outcome.type === 'settled') return { type: 'settled' };
  if (outcome.type === 'progressing')
    return outcome.message === undefined ? { type: 'progressing' } : { type: 'progressing', message: outcome.message };
  const { type, on, reason, message } = outcome;
  return { type, on, reason, message };
}

const ranks = ['settled', 'progressing', 'waiting', 'blocked'];

function worse(a: Outcome, b: Outcome): Outcome {
  return ranks.indexOf(b.type) > ranks.indexOf(a.type) ? b : a;
}
