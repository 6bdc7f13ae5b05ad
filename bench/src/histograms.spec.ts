import { describe, expect, it } from '@jest/globals';
import { latencies } from './histograms.js';

const bucket = (le: string, end: string, count: number): string =>
  `keelson_reconcile_pass_seconds_bucket{le="${le}",reconciler="baremetal/host",end="${end}"} ${count}`;

describe('latencies of a Prometheus page', () => {
  it('are summed over how passes ended; a quantile is the bound of its bucket', () => {
    const page = [
      '# TYPE keelson_reconcile_pass_seconds histogram',
      bucket('0.001', 'settled', 40),
      bucket('0.1', 'settled', 49),
      bucket('+Inf', 'settled', 50),
      bucket('0.001', 'waiting', 10),
      bucket('0.1', 'waiting', 50),
      bucket('+Inf', 'waiting', 50),
      'keelson_reconcile_pass_seconds_count{reconciler="baremetal/host",end="settled"} 50',
      'keelson_reconcile_queue_seconds_bucket{le="+Inf",reconciler="baremetal/host"} 7',
    ].join('\n');
    expect(latencies(page, 'keelson_reconcile_pass_seconds')).toEqual({
      'baremetal/host': { count: 100, p50: 0.001, p99: 0.1 },
    });
  });

  it('of a page without them are none', () => {
    expect(latencies('', 'keelson_reconcile_pass_seconds')).toEqual({});
  });
});
