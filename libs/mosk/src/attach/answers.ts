import { keyText, type ObjectKey } from '@keelson/api';
import type { Bus, Subscription } from '@keelson/bus';
import type { OperationRequests } from '@keelson/contracts';
import type { Manager } from '@keelson/reconcile';
import type { OperationsElsewhere } from '@keelson/service';
import { isFailure, notFound, terminal } from '@keelson/std';
import { parseScoped, scopedNamespace } from './scoped.js';

/** The clusters that are worked on, as far as questions go. */
export interface AskedClusters {
  clusters(): readonly {
    /** `<namespace>/<name>`. */
    readonly cluster: string;
    readonly manager: AskedManager | undefined;
    /** Why nothing is done there; undefined while all is well. */
    readonly lacks: string | undefined;
  }[];
}

type AskedManager = Pick<Manager, 'history' | 'plan' | 'why'>;

/** Kinds in MOSK clusters that a service answers questions about, and the requests that ask them. */
export type Answered = Readonly<Record<string, OperationRequests>>;

/**
 * Answers questions about objects in MOSK clusters. A namespace such as `demo/first:openstack` names the cluster too; without
 * one the only cluster that has the object answers, and where several have it all are named. Where none has it, those that are
 * away are named.
 */
export function operationsIn(attachments: AskedClusters, answered: Answered): OperationsElsewhere {
  return {
    kinds: Object.keys(answered),
    history: (kind, key, limit) =>
      onlyOf(attachments, { verb: 'history', kind, key }, async (manager, own, cluster) => {
        const rows = await manager.history(kind, own, limit);
        if (rows.length === 0) return undefined;
        return rows.map((row) => ({ ...row, namespace: scopedNamespace(cluster, row.namespace) }));
      }),
    plan: (kind, key) =>
      onlyOf(attachments, { verb: 'plan', kind, key }, (manager, own) => whereThere(manager.plan(kind, own))),
    why: (kind, key) =>
      onlyOf(attachments, { verb: 'why', kind, key }, (manager, own) => whereThere(manager.why(kind, own))),
  };
}

/** The same answers on the bus. */
export async function answerQuestions(
  bus: Bus,
  operations: OperationsElsewhere,
  answered: Answered,
): Promise<readonly Subscription[]> {
  const subscriptions: Subscription[] = [];
  for (const [kind, { history, plan, why }] of Object.entries(answered)) {
    subscriptions.push(
      await bus.respond(history, async ({ limit, ...key }) => ({
        transitions: await operations.history(kind, key, limit),
      })),
      await bus.respond(plan, (key) => operations.plan(kind, key)),
      await bus.respond(why, (key) => operations.why(kind, key)),
    );
  }
  return subscriptions;
}

/** A sentence names so many clusters at most. */
const mostNamed = 5;

type Ask<A> = (manager: AskedManager, key: ObjectKey, cluster: string) => Promise<A | undefined>;

interface Question {
  readonly verb: 'history' | 'plan' | 'why';
  readonly kind: string;
  readonly key: ObjectKey;
}

/** @throws Failure notFound where no cluster has it, terminal `Ambiguous` where several have */
async function onlyOf<A>(attachments: AskedClusters, question: Question, ask: Ask<A>): Promise<A> {
  const { kind, key } = question;
  const scope = parseScoped(key.namespace ?? '');
  const own = { namespace: scope === undefined ? key.namespace : scope.namespace, name: key.name };
  const away: string[] = [];
  const found: { readonly cluster: string; readonly answer: A }[] = [];
  for (const { cluster, manager, lacks } of attachments.clusters()) {
    if (scope !== undefined && scope.cluster !== cluster) continue;
    const answer: Told<A> = manager === undefined ? {} : await askThere<A>(() => ask(manager, own, cluster));
    if (answer.found !== undefined) found.push({ cluster, answer: answer.found });
    const why = answer.lacks ?? lacks;
    if (why !== undefined) away.push(`${cluster} (${why})`);
  }
  const [first, second] = found;
  if (second !== undefined) {
    const clusters = found.map(({ cluster }) => cluster).toSorted();
    throw terminal(inSeveral(question, own.namespace, clusters), { reason: 'Ambiguous' });
  }
  if (first !== undefined) return first.answer;
  throw notFound(nowhere(`${kind} ${keyText(key)}`, away), { reason: 'NotFound' });
}

/** With the command for each, to be said again. */
function inSeveral({ verb, kind, key }: Question, namespace: string | undefined, clusters: readonly string[]): string {
  const commands = clusters.map(
    (cluster) => `  ./keelson ${verb} ${kind.toLowerCase()}/${key.name} -n ${scopedNamespace(cluster, namespace)}`,
  );
  return [`${clusters.length} clusters have the ${kind} ${keyText(key)}: say which`, ...commands].join('\n');
}

interface Told<A> {
  readonly found?: A;
  /** Why it cannot tell now. */
  readonly lacks?: string;
}

/** A cluster that cannot tell now keeps none of the others from telling. */
async function askThere<A>(ask: () => Promise<A | undefined>): Promise<Told<A>> {
  try {
    const found = await ask();
    return found === undefined ? {} : { found };
  } catch (error) {
    if (!isFailure(error, 'transient')) throw error;
    return { lacks: error.message };
  }
}

function nowhere(what: string, away: readonly string[]): string {
  const nobody = `no cluster that is worked on has the ${what}`;
  if (away.length === 0) return nobody;
  const more = away.length > mostNamed ? ` and ${away.length - mostNamed} more` : '';
  return `${nobody}; these are away and cannot tell: ${away.slice(0, mostNamed).join(', ')}${more}`;
}

async function whereThere<A>(answer: Promise<A>): Promise<A | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isFailure(error, 'notFound')) return undefined;
    throw error;
  }
}
