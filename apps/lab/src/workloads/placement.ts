import { isSelected, isTolerated, type Node, type Taint } from '@keelson/api';
import type { PodSpec, SimulatedPod } from './kinds.js';
import { matchesSelector } from './objects.js';

/** Why a node does not take a pod, in the scheduler's own words. */
export type Refusal = string;

const notReady: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
const unschedulable: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Why a node does not take pods of this kind whatever else runs there; undefined when it does. */
export function refusal(node: Node, spec: PodSpec): Refusal | undefined {
  const tolerations = spec.tolerations ?? [];
  if (node.spec?.unschedulable === true && !isTolerated(unschedulable, tolerations))
    return 'node(s) were unschedulable';
  const taint = taintsOf(node).find(
    (candidate) => candidate.effect !== 'PreferNoSchedule' && !isTolerated(candidate, tolerations),
  );
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!isSelected(node, spec)) return "node(s) didn't match Pod's node affinity/selector";
  return undefined;
}

function taintsOf(node: Node): readonly Taint[] {
  const isReady = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  return [...(node.spec?.taints ?? []), ...(isReady ? [] : [notReady])];
}

/** What pods that are placed already mean for one more: the domains that it must avoid, and those it must be in. */
export interface Neighbours {
  readonly avoid: readonly Domain[];
  readonly need: readonly Domain[];
}

interface Domain {
  readonly topologyKey: string;
  readonly values: ReadonlySet<string>;
  /** The pod itself is one of those it wants to be with: the first may go anywhere. */
  readonly isFirst?: boolean;
}

/**
 * @param pods those of the pod's namespace; terms that name others are not looked at beyond it
 * @param labelsOf labels of a node
 */
export function neighboursOf(
  pod: SimulatedPod,
  pods: readonly SimulatedPod[],
  labelsOf: (node: string) => Readonly<Record<string, string>>,
): Neighbours {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const domains = (
    terms: readonly { labelSelector?: Parameters<typeof matchesSelector>[0]; topologyKey: string }[] = [],
  ) =>
    terms.map(({ labelSelector, topologyKey }) => {
      const near = pods.filter(
        (other) => other.spec.nodeName !== undefined && matchesSelector(labelSelector, other.metadata.labels),
      );
      const values = near.map((other) => labelsOf(other.spec.nodeName ?? '')[topologyKey] ?? '');
      return {
        topologyKey,
        values: new Set(values),
        isFirst: near.length === 0 && matchesSelector(labelSelector, pod.metadata.labels),
      };
    });
  return {
    avoid: domains(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    need: domains(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
  };
}

/** Why its neighbours keep a pod from a node; undefined when they do not. */
export function neighbourRefusal(node: Node, { avoid, need }: Neighbours): Refusal | undefined {
  const value = (key: string): string => node.metadata.labels?.[key] ?? '';
  if (avoid.some(({ topologyKey, values }) => values.has(value(topologyKey))))
    return "node(s) didn't match pod anti-affinity rules";
  if (need.some(({ topologyKey, values, isFirst }) => isFirst !== true && !values.has(value(topologyKey))))
    return "node(s) didn't match pod affinity rules";
  return undefined;
}
