import type { ClusterMetrics, ReconcileMetrics, ScopedMetrics } from '@keelson/reconcile';
import { Gauge, type Registry } from 'prom-client';
import { type Labels, reconcileSeries, type Series, type SomeMetric } from './reconcile-series.js';

/** Clusters that are told apart; what is done in more of them is counted together. */
const mostClusters = 100;
const otherClusters = '(others)';

/** Under which labels something is counted; undefined when it is not. */
type Labelled = (metric: SomeMetric, labels: Labels) => Labels | undefined;

/**
 * The reconcile kit's counts as Prometheus metrics `keelson_reconcile_<what>_<unit>`, labelled by reconciler; what is done in
 * another cluster than the management cluster has the label `cluster` as well, until that cluster is let go of.
 */
export function reconcileMetrics(registry: Registry): ReconcileMetrics & ClusterMetrics {
  const series = reconcileSeries(registry);
  const open = new Set<string>();
  return {
    ...countingIn(series, (_metric, labels) => labels),
    of(cluster) {
      if (open.has(cluster) || open.size >= mostClusters) return together(series);
      open.add(cluster);
      return ofCluster(series, cluster, () => void open.delete(cluster));
    },
  };
}

/** One cluster. Its series are remembered, for they go with it. */
function ofCluster(series: Series, cluster: string, onEnd: () => void): ScopedMetrics {
  const used = new Map<string, () => void>();
  let isOver = false;
  const counting = countingIn(series, (metric, given) => {
    // A pass may end after the cluster was let go of.
    if (isOver) return undefined;
    const labels = { ...given, cluster };
    const key = `${metric.name} ${Object.values(given).join(' ')}`;
    if (!used.has(key)) used.set(key, () => metric.remove(labels));
    return labels;
  });
  return {
    ...counting,
    end() {
      isOver = true;
      for (const remove of used.values()) remove();
      onEnd();
    },
  };
}

/** Clusters beyond those that are told apart: their counts add up, while of what is now the last would hide the others. */
function together(series: Series): ScopedMetrics {
  const labelled: Labelled = (metric, labels) =>
    metric instanceof Gauge ? undefined : { ...labels, cluster: otherClusters };
  return { ...countingIn(series, labelled), end() {} };
}

function countingIn(series: Series, labelled: Labelled): ReconcileMetrics {
  const through = <M extends SomeMetric>(
    metric: M,
    given: Labels,
    count: (metric: M, labels: Labels) => void,
  ): void => {
    const labels = labelled(metric, given);
    if (labels !== undefined) count(metric, labels);
  };
  const { passes, waits, depth, moving, writes, statuses, retries } = series;
  return {
    pass: (reconciler, end, seconds) =>
      through(passes, { reconciler, end }, (metric, labels) => metric.observe(labels, seconds)),
    waited: (reconciler, priority, seconds) =>
      through(waits, { reconciler, priority }, (metric, labels) => metric.observe(labels, seconds)),
    depth: (reconciler, count) => through(depth, { reconciler }, (metric, labels) => metric.set(labels, count)),
    workInProgress: (reconciler, count) =>
      through(moving, { reconciler }, (metric, labels) => metric.set(labels, count)),
    apiWrite: (reconciler, verb, kind) =>
      through(writes, { reconciler, verb, kind }, (metric, labels) => metric.inc(labels)),
    statusWrite: (reconciler) => through(statuses, { reconciler }, (metric, labels) => metric.inc(labels)),
    retry: (reconciler) => through(retries, { reconciler }, (metric, labels) => metric.inc(labels)),
  };
}
