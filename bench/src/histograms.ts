import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Installation } from '@keelson/e2e';
import { systemHttp } from '@keelson/std';

/** A latency histogram in short: values are the upper bounds of the buckets that hold them, in seconds. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/**
 * Queue and pass latencies of a running service by reconciler, from its /metrics.
 *
 * @throws Failure transient when the service does not answer
 */
export async function latenciesOf(here: Installation, url: string): Promise<Record<string, Record<string, Latency>>> {
  const secret = (...path: string[]): string => readFileSync(join(here.home, 'secrets', ...path), 'utf8');
  const { body } = await systemHttp({
    method: 'GET',
    url: `${url}/metrics`,
    headers: { authorization: `Bearer ${secret('api-token')}` },
    timeoutMs: 10_000,
    tls: { ca: secret('tls', 'ca.crt') },
  });
  const text = new TextDecoder().decode(body);
  return {
    queueSeconds: latencies(text, 'keelson_reconcile_queue_seconds'),
    passSeconds: latencies(text, 'keelson_reconcile_pass_seconds'),
  };
}

/** A histogram of a Prometheus page, summed over all labels but `reconciler`. */
export function latencies(page: string, name: string): Record<string, Latency> {
  const byReconciler = new Map<string, Map<number, number>>();
  for (const line of page.split('\n')) {
    if (!line.startsWith(`${name}_bucket{`)) continue;
    const reconciler = /reconciler="([^"]*)"/.exec(line)?.[1] ?? '';
    const bound = Number((/le="([^"]*)"/.exec(line)?.[1] ?? '+Inf').replace('+Inf', 'Infinity'));
    const buckets = byReconciler.get(reconciler) ?? new Map<number, number>();
    buckets.set(bound, (buckets.get(bound) ?? 0) + Number(line.slice(line.lastIndexOf(' ') + 1)));
    byReconciler.set(reconciler, buckets);
  }
  return Object.fromEntries([...byReconciler].map(([reconciler, buckets]) => [reconciler, latencyOf(buckets)]));
}

function latencyOf(buckets: ReadonlyMap<number, number>): Latency {
  const ascending = [...buckets].sort(([a], [b]) => a - b);
  const count = ascending.at(-1)?.[1] ?? 0;
  const bound = (share: number): number => ascending.find(([, upTo]) => upTo >= count * share)?.[0] ?? Infinity;
  return { count, p50: bound(0.5), p99: bound(0.99) };
}
