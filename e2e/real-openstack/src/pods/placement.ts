import { fulfils } from '@keelson/api';
import type { PodTemplate, Workload } from './template.js';

export interface NodeLabels {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A pod that should be: its name and the node it belongs on. */
export interface Place<N extends NodeLabels> {
  readonly pod: string;
  readonly node: N;
}

/** Where the pods of a workload belong: one on each fitting node for a DaemonSet, else on the fitting nodes in turn. */
export function placesOf<N extends NodeLabels>(workload: Workload, nodes: readonly N[]): readonly Place<N>[] {
  const fitting = nodes.filter((node) => fits(workload.template, node));
  if (workload.kind === 'DaemonSet') return fitting.map((node) => ({ pod: `${workload.name}-${node.name}`, node }));
  return Array.from({ length: workload.kind === 'Job' ? 1 : workload.replicas }, (_, index) => ({
    pod: `${workload.name}-${index}`,
    node: fitting[index % fitting.length],
  })).flatMap(({ pod, node }) => (node === undefined ? [] : [{ pod, node }]));
}

/** The terms of a required node affinity are alternatives, the expressions of one term all hold. */
export function fits({ spec }: PodTemplate, node: NodeLabels): boolean {
  const required = spec.affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  return required.nodeSelectorTerms.some(({ matchExpressions }) =>
    matchExpressions.every((each) => fulfils(each, node.labels[each.key])),
  );
}
