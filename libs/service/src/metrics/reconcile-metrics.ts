import type { ReconcileMetrics } from '@keelson/reconcile';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Seconds: from a pass over caches to one that waits for a BMC. */
const buckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];

/** The reconcile kit's counts as Prometheus metrics `keelson_reconcile_<what>_<unit>`, labelled by reconciler. */
export function reconcileMetrics(registry: Registry): ReconcileMetrics {
  const registers = [registry];
  const passes = new Histogram({
    name: 'keelson_reconcile_pass_seconds',
    help: 'Passes by how they ended: from observing to the written status.',
    labelNames: ['reconciler', 'end'],
    buckets,
    registers,
  });
  const waits = new Histogram({
    name: 'keelson_reconcile_queue_seconds',
    help: 'How long objects waited in line.',
    labelNames: ['reconciler', 'priority'],
    buckets,
    registers,
  });
  const depth = new Gauge({
    name: 'keelson_reconcile_queue_depth',
    help: 'Objects in line now.',
    labelNames: ['reconciler'],
    registers,
  });
  const moving = new Gauge({
    name: 'keelson_reconcile_moving_objects',
    help: 'Objects in a state that is not one of rest.',
    labelNames: ['reconciler'],
    registers,
  });
  const writes = new Counter({
    name: 'keelson_reconcile_api_writes_total',
    help: 'Writes to the Kubernetes API.',
    labelNames: ['reconciler', 'verb', 'kind'],
    registers,
  });
  const statuses = new Counter({
    name: 'keelson_reconcile_status_writes_total',
    help: 'Statuses written because they differed.',
    labelNames: ['reconciler'],
    registers,
  });
  const retries = new Counter({
    name: 'keelson_reconcile_retries_total',
    help: 'Objects that are tried again after a failure.',
    labelNames: ['reconciler'],
    registers,
  });
  return {
    pass: (reconciler, end, seconds) => passes.observe({ reconciler, end }, seconds),
    waited: (reconciler, priority, seconds) => waits.observe({ reconciler, priority }, seconds),
    depth: (reconciler, count) => depth.set({ reconciler }, count),
    workInProgress: (reconciler, count) => moving.set({ reconciler }, count),
    apiWrite: (reconciler, verb, kind) => writes.inc({ reconciler, verb, kind }),
    statusWrite: (reconciler) => statuses.inc({ reconciler }),
    retry: (reconciler) => retries.inc({ reconciler }),
  };
}
