import { labels } from '@keelson/api';
import { providerSpecOf } from '../membership.js';
import { forbiddenLabels } from './machine.claim.js';
import type { MachineWorld } from './machine.observe.js';

/** Why the node is not Ready by its own condition; undefined when it is. */
export function nodeProblem({ node }: MachineWorld): string | undefined {
  if (node === undefined) return 'the node has not registered with the cluster';
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status === 'True') return undefined;
  return `node ${node.metadata.name} is not Ready: ${ready?.reason ?? 'Unknown'}${ready?.message === undefined ? '' : `, ${ready.message}`}`;
}

/** Fresh evidence of a Ready node: by an API whose last answer is younger than the staleness limit. */
export function isNodeProven(world: MachineWorld): boolean {
  return world.child.contact.answers && nodeProblem(world) === undefined;
}

/** Which of the node's labels are ours to take away again. */
const labelsAnnotation = 'keelson.dev/node-labels';

/** What must change on the node for it to carry the machine's name and labels; undefined when nothing must. */
export function nodePatch({ machine, node, release }: MachineWorld): object | undefined {
  const forbidden = new Set(forbiddenLabels(machine, release).map((text) => text.split('=')[0]));
  const asked = (providerSpecOf(machine).nodeLabels ?? [])
    .filter((label) => !forbidden.has(label.key))
    .map((label) => [label.key, label.value ?? ''] as const);
  const wanted: Record<string, string | null> = {
    [labels.machineName]: machine.metadata.name,
    ...Object.fromEntries(asked),
  };
  const keys = asked
    .map(([key]) => key)
    .sort()
    .join(',');
  const before = node?.metadata.annotations?.[labelsAnnotation] ?? '';
  for (const key of before.split(','))
    if (key !== '' && !(key in wanted) && node?.metadata.labels?.[key] !== undefined) wanted[key] = null;
  const differs = Object.entries(wanted).some(([key, value]) => (node?.metadata.labels?.[key] ?? null) !== value);
  if (!differs && before === keys) return undefined;
  return { metadata: { labels: wanted, annotations: { [labelsAnnotation]: keys } } };
}
