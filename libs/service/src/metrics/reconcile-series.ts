import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;
export type SomeMetric = (Counter | Gauge | Histogram) & { readonly name: string };
export type Series = ReturnType<typeof reconcileSeries>;

/** Seconds: from a pass over caches to one that waits for a BMC. */
const buckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];

/** What is told of reconcilers. */
export function reconcileSeries(registry: Registry) {
  const registers = [registry];
  const histogram = (name: string, help: string, label: string) =>
    named(name, new Histogram({ name, help, labelNames: ['reconciler', 'cluster', label], buckets, registers }));
  const gauge = (name: string, help: string) =>
    named(name, new Gauge({ name, help, labelNames: ['reconciler', 'cluster'], registers }));
  const counter = (name: string, help: string, ...more: readonly string[]) =>
    named(name, new Counter({ name, help, labelNames: ['reconciler', 'cluster', ...more], registers }));
  return {
    passes: histogram(
      'keelson_reconcile_pass_seconds',
      'Passes by how they ended: from observing to the written status.',
      'end',
    ),
    waits: histogram('keelson_reconcile_queue_seconds', 'How long objects waited in line.', 'priority'),
    depth: gauge('keelson_reconcile_queue_depth', 'Objects in line now.'),
    moving: gauge('keelson_reconcile_moving_objects', 'Objects in a state that is not one of rest.'),
    writes: counter('keelson_reconcile_api_writes_total', 'Writes to the Kubernetes API.', 'verb', 'kind'),
    statuses: counter('keelson_reconcile_status_writes_total', 'Statuses written because they differed.'),
    retries: counter('keelson_reconcile_retries_total', 'Objects that are tried again after a failure.'),
  };
}

function named<M extends object>(name: string, metric: M): M & { readonly name: string } {
  return Object.assign(metric, { name });
}
