import { type DaemonSet, DaemonSetKind, type KubeObject, type ObjectKey, type TFPart } from '@keelson/api';
import { identityOf, unreadiness } from '@keelson/mosk';
import { input, type Reconciler, settled, type StatusOf } from '@keelson/reconcile';
import { operatorLabel, sdnNamespace, sdnObjects } from '../names.js';
import { type Part, parts } from './parts.js';

export interface PartWorld {
  /** Whether a TFOperator has made it: what others make by that kind is nobody's. */
  readonly isOurs: boolean;
  /** Whether anything of it is to run. */
  readonly isEnabled: boolean;
  readonly workloads: readonly DaemonSet[];
}

/** One for each object that stands for a part of OpenSDN. */
export function partReconcilers(): readonly Reconciler<TFPart, PartWorld, never>[] {
  return parts.map(partReconciler);
}

/** Says of a part of OpenSDN how its pods are. What it consists of is the TFOperator's to say. */
function partReconciler(part: Part): Reconciler<TFPart, PartWorld, never> {
  const { kind, name, components } = part;
  const isOfPart = ({ metadata }: KubeObject): boolean => components.includes(metadata.labels?.['component'] ?? '');
  return {
    name: `sdn/${kind.kind.toLowerCase()}`,
    kind,
    summary: `Says in the ${kind.kind} ${name} how the pods are that it stands for.`,
    inputs: [
      input<DaemonSet>({
        kind: DaemonSetKind,
        selection: { labelSelector: sdnObjects },
        mapToOwn: (set): readonly ObjectKey[] => (isOfPart(set) ? [{ namespace: sdnNamespace, name }] : []),
      }),
    ],
    outputs: [{ kind, mode: 'exclusive', verbs: ['status'], namespaces: [sdnNamespace] }],
    concurrency: 1,
    resyncSeconds: 3600,
    observe: async (reader, object) => ({
      isOurs: object.metadata.name === name && object.metadata.labels?.[operatorLabel] !== undefined,
      isEnabled: Object.values(object.spec).some((container) => container?.enabled === true),
      workloads: reader.list(DaemonSetKind, object.metadata.namespace).filter(isOfPart),
    }),
    plan: () => ({ steps: [], outcome: settled }),
    steps: {},
    status: statusOf,
  };
}

/** Pure. */
export function statusOf({ isOurs, isEnabled, workloads }: PartWorld): StatusOf<TFPart> | undefined {
  if (!isOurs) return undefined;
  if (!isEnabled) return { state: 'Disabled', health: '0/0' };
  if (workloads.length === 0) return { state: 'Deploying', health: '0/0', message: 'not applied yet' };
  const late = workloads.find((each) => unreadiness(each) !== undefined);
  const wanted = sum(workloads, ({ status }) => status?.desiredNumberScheduled);
  const ready = sum(workloads, ({ status }) => status?.numberReady);
  const health = `${ready}/${wanted}`;
  if (late !== undefined)
    return { state: 'Deploying', health, message: `${identityOf(late)} ${unreadiness(late) ?? ''}` };
  // No node has the label that it runs on.
  return { state: wanted === 0 ? 'Disabled' : 'Ready', health };
}

function sum(sets: readonly DaemonSet[], count: (set: DaemonSet) => number | undefined): number {
  return sets.reduce((all, set) => all + (count(set) ?? 0), 0);
}
