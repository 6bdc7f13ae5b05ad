import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { type GaugeSample, showGauges } from './service-gauges.js';

describe('gauges of a service', () => {
  it('are as they are when they are read', async () => {
    const registry = new Registry();
    let samples: readonly GaugeSample[] = [{ labels: { osdpl: 'osh' }, value: 1 }];
    showGauges(registry, [{ name: 'osdpl_version_info', help: 'x', labels: ['osdpl'], samples: () => samples }]);
    expect(await registry.metrics()).toContain('osdpl_version_info{osdpl="osh"} 1');
    samples = [];
    expect(await registry.metrics()).not.toContain('osdpl_version_info{');
  });
});
