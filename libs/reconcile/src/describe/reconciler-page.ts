import { type KubeObject, resourceName } from '@keelson/api';
import type { Selection } from '@keelson/kube';
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
    `## Reads\n\n${table(['Kind', 'Which', 'Indices'], readRows(reconciler))}`,
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
    `## Writes\n\n${table(['Kind', 'Which', 'Verbs', 'Shared'], writeRows(reconciler))}`,
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
  const own = [`\`${resourceName(kind)}\``, '', 'its own'];
  return [
    own,
    ...(inputs as readonly Input[]).map((input) => [
      `\`${resourceName(input.kind)}\``,
      whichText(input.selection),
      Object.keys(input.indices ?? {}).join(', '),
    ]),
  ];
}

function writeRows({ outputs }: AnyReconciler): string[][] {
  return (outputs as readonly Output[]).map((output) => [
    `\`${resourceName(output.kind)}\``,
    whichText(output),
    output.verbs.join(', '),
    output.mode === 'shared' ? 'yes' : 'no',
  ]);
}

/** Which objects of a kind, in few words; nothing for all. */
function whichText({
  namespaces,
  names,
  labelSelector,
  fieldSelector,
}: Selection & Pick<Output, 'names'> = {}): string {
  const parts = [
    ...(namespaces === undefined ? [] : [`in ${namespaces.join(', ')}`]),
    ...(names === undefined ? [] : names.map((name) => `\`${name}\``)),
    ...[labelSelector, fieldSelector].flatMap((text) => (text === undefined ? [] : [`\`${text}\``])),
  ];
  return parts.join('; ');
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
