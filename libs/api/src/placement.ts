import type { Node } from './builtin.js';
import { fulfils, type SelectorRequirement } from './requirement.js';

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly SelectorRequirement[];
  readonly matchFields?: readonly SelectorRequirement[];
}

/** What the spec of a pod says of the nodes that it may be on. */
export interface PodPlacement {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
      };
    };
  };
  readonly tolerations?: readonly Toleration[];
}

/** On a node, against pods that do not tolerate it. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** What every pod of a DaemonSet tolerates (pkg/controller/daemon/util: AddOrUpdateDaemonPodTolerations). */
export const daemonTolerations: readonly Toleration[] = [
  ...['not-ready', 'unreachable'].map((key) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
  })),
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((key) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoSchedule',
  })),
];
/** What those on the network of their node tolerate besides. */
const hostNetworkToleration: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** Whether a DaemonSet wants a pod there: a selector that fits, and no taint against it that is not tolerated. */
export function wantsDaemon(node: Node, spec: PodPlacement & { readonly hostNetwork?: boolean }): boolean {
  const ofHost = spec.hostNetwork === true ? [hostNetworkToleration] : [];
  const tolerations = [...(spec.tolerations ?? []), ...daemonTolerations, ...ofHost];
  const isTainted = (node.spec?.taints ?? []).some(
    (taint) => taint.effect !== 'PreferNoSchedule' && !isTolerated(taint, tolerations),
  );
  return !isTainted && isSelected(node, spec);
}

/** Whether any of the tolerations is one of a taint. */
export function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some(({ key, operator, value, effect }) => {
    if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
    if (operator === 'Exists') return key === undefined || key === '' || key === taint.key;
    return key === taint.key && (value ?? '') === (taint.value ?? '');
  });
}

/** Whether a node is one of those that a pod's selector and required affinity name. */
export function isSelected(node: Node, { nodeSelector = {}, affinity }: PodPlacement): boolean {
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(nodeSelector).every(([key, value]) => labels[key] === value)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => fits(node, term));
}

function fits(node: Node, { matchExpressions = [], matchFields = [] }: NodeSelectorTerm): boolean {
  const all = (requirements: readonly SelectorRequirement[], value: (key: string) => string | undefined): boolean =>
    requirements.every((requirement) => fulfils(requirement, value(requirement.key)));
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    all(matchExpressions, (key) => node.metadata.labels?.[key]) &&
    all(matchFields, (key) => (key === 'metadata.name' ? node.metadata.name : undefined))
  );
}
