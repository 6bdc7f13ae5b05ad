import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { reconcileMetrics } from './reconcile-metrics.js';

const linesOf = async (registry: Registry, what: string): Promise<readonly string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(`keelson_reconcile_${what}`));

describe('what is counted in clusters', () => {
  it('is told by cluster, beside what is counted in the management cluster, until the cluster is let go of', async () => {
    const registry = new Registry();
    const metrics = reconcileMetrics(registry);
    const first = metrics.of('demo/first');
    metrics.retry('x/here');
    first.retry('x/there');
    first.pass('x/there', 'settled', 0.5);
    first.depth('x/there', 3);
    expect(await linesOf(registry, 'retries')).toEqual([
      'keelson_reconcile_retries_total{reconciler="x/here"} 1',
      'keelson_reconcile_retries_total{reconciler="x/there",cluster="demo/first"} 1',
    ]);
    expect(await linesOf(registry, 'queue_depth')).toEqual([
      'keelson_reconcile_queue_depth{reconciler="x/there",cluster="demo/first"} 3',
    ]);
    expect(await linesOf(registry, 'pass_seconds_count')).toEqual([
      'keelson_reconcile_pass_seconds_count{reconciler="x/there",end="settled",cluster="demo/first"} 1',
    ]);
    first.end();
    first.retry('x/there');
    expect((await registry.metrics()).includes('demo/first')).toBe(false);
    metrics.of('demo/first').retry('x/there');
    expect(await linesOf(registry, 'retries')).toHaveLength(2);
  });

  it('is told together of clusters beyond a hundred', async () => {
    const registry = new Registry();
    const metrics = reconcileMetrics(registry);
    const all = Array.from({ length: 103 }, (_, index) => metrics.of(`demo/c${index}`));
    for (const one of all) {
      one.retry('x/there');
      one.depth('x/there', 1);
    }
    expect(await linesOf(registry, 'retries')).toContain(
      'keelson_reconcile_retries_total{reconciler="x/there",cluster="(others)"} 3',
    );
    expect(await linesOf(registry, 'retries')).toHaveLength(101);
    expect(await linesOf(registry, 'queue_depth')).toHaveLength(100);
  });
});
