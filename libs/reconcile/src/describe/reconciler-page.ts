import { type KubeObject, resourceName } from '@keelson/api';
import type { AnyReconciler, Hearing, Input, Machine, Output } from '../reconciler.js';
import { durationText, stateDiagram, stateRows } from './state-diagram.js';

/** The reference page of one reconciler, from its declaration: what it reads and writes, and its states. Deterministic. */
export function reconcilerPage(reconciler: AnyReconciler): string {
  const { name, summary, kind, concurrency, resyncSeconds } = reconciler;
  const polls: readonly { system: string; everySeconds: number }[] = reconciler.polls ?? [];
  const hears: readonly Hearing[] = reconciler.hears ?? [];
  return [
    `# ${name}`,
    summary,
    `Keeps \`${resourceName(kind)}\`; ${concurrency} objects at once; looks again after ${durationText(resyncSeconds)} when nothing happens.`,
    `## Reads\n\n${table(['Kind', 'Indices'], readRows(reconciler))}`,
    ...(hears.length === 0
      ? []
      : [
          `## Hears\n\n${table(
            ['Subject', 'Tells'],
            hears.map(({ news }) => [`\`${news.subject}\``, news.description]),
          )}`,
        ]),
    ...(polls.length === 0
      ? []
      : [
          `## Polls\n\n${table(
            ['System', 'Every'],
            polls.map(({ system, everySeconds }) => [system, durationText(everySeconds)]),
          )}`,
        ]),
    `## Writes\n\n${table(['Kind', 'Verbs', 'Shared'], writeRows(reconciler))}`,
    ...statesSection(reconciler),
  ]
    .join('\n\n')
    .concat('\n');
}

/** Markdown of a table. Pipes in cells are escaped. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function readRows({ kind, inputs }: AnyReconciler): string[][] {
  const own = [`\`${resourceName(kind)}\``, 'its own'];
  return [
    own,
    ...(inputs as readonly Input[]).map((input) => [
      `\`${resourceName(input.kind)}\``,
      Object.keys(input.indices ?? {}).join(', '),
    ]),
  ];
}

function writeRows({ kind, outputs }: AnyReconciler): string[][] {
  const status = kind.hasStatus ? [[`\`${resourceName(kind)}\``, 'status, finalizers', 'no']] : [];
  return [
    ...status,
    ...(outputs as readonly Output[]).map((output) => [
      `\`${resourceName(output.kind)}\``,
      output.verbs.join(', '),
      output.mode === 'shared' ? 'yes' : 'no',
    ]),
  ];
}

function statesSection({ machine }: AnyReconciler): string[] {
  if (machine === undefined) return [];
  const { table: states, news = {} } = machine as Machine<KubeObject>;
  const heard = Object.entries(news).map(([state, item]) => [`\`${state}\``, `\`${item.subject}\``]);
  return [
    `## States\n\n\`\`\`mermaid\n${stateDiagram(states)}\n\`\`\``,
    table(['State', 'Means', 'Deadline, and what follows', 'Sign of life', 'Waits for', 'Abort'], stateRows(states)),
    ...(heard.length === 0 ? [] : [`News when a state is entered:\n\n${table(['State', 'Subject'], heard)}`]),
  ];
}
