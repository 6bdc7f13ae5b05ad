import { apiVersionOf, type Kind, type KubeObject, type Progress } from '@keelson/api';
import type { AnyReconciler, Input, Machine, Output, State, StateTable } from '@keelson/reconcile';

/**
 * What is wrong with a state table by the law of termination, as sentences; none when it holds. Every state that is not
 * one of rest must say its deadline and what follows, its sign of life, its blocker and its abort; every state must be
 * reachable, every move lead to a state there is, and from everywhere there must be a way to deletion.
 */
export function stateTableFaults(table: StateTable): string[] {
  const names = Object.keys(table.states);
  if (!names.includes(table.initial))
    return [`${table.kind}: the initial state ${quoted(table.initial)} is not in the table`];
  const reachable = reachableFrom(table, [table.initial]);
  const ends = names.filter((name) => table.states[name]?.deletable === true);
  return [
    ...names.flatMap((name) => stateFaults(table, name, table.states[name])),
    ...names.filter((name) => !reachable.has(name)).map((name) => `${table.kind}: no way leads to ${quoted(name)}`),
    ...names
      .filter((name) => !ends.some((end) => reachableFrom(table, [name]).has(end)))
      .map((name) => `${table.kind}: from ${quoted(name)} there is no way to deletion`),
  ];
}

/** What is wrong with the declarations of a service's reconcilers, their state tables included; none when all is well. */
export function reconcilerFaults(reconcilers: readonly AnyReconciler[]): string[] {
  const names = reconcilers.map(({ name }) => name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  const machines = reconcilers.filter(({ machine }) => machine !== undefined).map(({ kind }) => kind.kind);
  return [
    ...twice.map((name) => `two reconcilers are called ${name}`),
    ...machines
      .filter((kind, i) => machines.indexOf(kind) !== i)
      .map((kind) => `two reconcilers have a machine for ${kind}`),
    ...reconcilers.flatMap((reconciler) =>
      [...declarationFaults(reconciler), ...machineFaults(reconciler)].map((fault) => `${reconciler.name}: ${fault}`),
    ),
  ];
}

function declarationFaults({
  name,
  summary,
  concurrency,
  resyncSeconds,
  inputs,
  outputs,
  polls = [],
}: AnyReconciler): string[] {
  const kindsTwice = (kinds: readonly Kind[]): string[] =>
    kinds.map((kind) => kind.kind).filter((kind, i, all) => all.indexOf(kind) !== i);
  return [
    ...(/^[a-z0-9-]+(\/[a-z0-9-]+)+$/.test(name) ? [] : ['its name is not a path such as baremetal/host']),
    ...(summary.trim() === '' ? ['it has no summary'] : []),
    ...(concurrency >= 1 ? [] : ['its concurrency is less than 1']),
    ...(resyncSeconds > 0 ? [] : ['it never looks again']),
    ...kindsTwice((outputs as readonly Output[]).map(({ kind }) => kind)).map(
      (kind) => `it declares the output ${kind} twice`,
    ),
    ...kindsTwice((inputs as readonly Input[]).map(({ kind }) => kind)).map(
      (kind) => `it declares the input ${kind} twice`,
    ),
    ...(polls as readonly { system: string; everySeconds: number }[])
      .filter(({ everySeconds }) => !(everySeconds > 0))
      .map(({ system }) => `it polls ${system} without a period`),
  ];
}

function machineFaults({ kind, machine }: AnyReconciler): string[] {
  if (machine === undefined) return [];
  const typed = machine as Machine<KubeObject>;
  const { table, news = {} } = typed;
  const fresh: KubeObject = {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: 'fresh', namespace: 'default' },
  };
  const first = typed.stateOf(fresh);
  return [
    ...stateTableFaults(table),
    ...(table.kind === kind.kind ? [] : [`its table is of ${table.kind}, its kind is ${kind.kind}`]),
    ...(first === table.initial
      ? []
      : [`an object without status is in ${quoted(first)}, its table begins with ${quoted(table.initial)}`]),
    ...Object.keys(news)
      .filter((state) => table.states[state] === undefined)
      .map((state) => `it has news of ${quoted(state)}, which is not in its table`),
    ...(showsProgress(kind) ? [] : ['the status of its kind has no member progress']),
  ];
}

/** Whether the schema of a kind's status keeps the block of progress; kinds without a schema at hand are trusted. */
function showsProgress(kind: Kind): boolean {
  if (!('status' in kind) || typeof kind.status !== 'object' || kind.status === null || !('shape' in kind.status))
    return true;
  const { shape } = kind.status;
  const member: keyof { progress: Progress } = 'progress';
  return typeof shape === 'object' && shape !== null && member in shape;
}

function stateFaults(table: StateTable, name: string, state: State | undefined): string[] {
  if (state === undefined) return [];
  const where = `${table.kind} ${quoted(name)}`;
  const unknown = state.to
    .filter((next) => table.states[next] === undefined)
    .map((next) => `${where}: may go to ${quoted(next)}, which is not in the table`);
  const meaningless = state.meaning.trim() === '' ? [`${where}: says nothing of its meaning`] : [];
  if (state.rest === true) return [...unknown, ...meaningless];
  const { deadlineSeconds, onDeadline, heartbeat, waitsFor, abort } = state;
  return [
    ...unknown,
    ...meaningless,
    ...(deadlineSeconds > 0 && Number.isFinite(deadlineSeconds) ? [] : [`${where}: has no deadline`]),
    ...(heartbeat.everySeconds > 0 && heartbeat.sign.trim() !== '' ? [] : [`${where}: has no sign of life`]),
    ...(onDeadline.trim() === '' ? [`${where}: does not say what follows its deadline`] : []),
    ...(waitsFor.trim() === '' ? [`${where}: does not say what it waits for`] : []),
    ...(abort.trim() === '' ? [`${where}: does not say how it is aborted`] : []),
    ...(state.to.length === 0 && state.deletable !== true ? [`${where}: leads nowhere and is no state of rest`] : []),
  ];
}

function reachableFrom(table: StateTable, starts: readonly string[]): ReadonlySet<string> {
  const reached = new Set(starts);
  for (const name of reached) for (const next of table.states[name]?.to ?? []) reached.add(next);
  return reached;
}

function quoted(state: string): string {
  return `"${state}"`;
}
