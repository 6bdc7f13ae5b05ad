import { describe, expect, test } from '@jest/globals';
import { aFiler, anArray, aSpec, rendered, someCeph } from '../cloud/cloud.fixtures.js';
import { cloudServices } from '../services/index.js';
import { isOfStep } from './upgrade.js';

const spec = aSpec({
  preset: 'compute',
  features: {
    services: ['shared-file-system'],
    cinder: { volume: { backends: { array: anArray, local: { lvm: { volume_group: 'vg' } } } } },
    manila: { share: { backends: { filer: aFiler } } },
  },
});
const workloads = ['Deployment', 'StatefulSet', 'DaemonSet'];

describe('an upgrade of storage', () => {
  test.each(['block-storage', 'shared-file-system'])('%s: each workload is replaced by one step', (name) => {
    const steps = cloudServices.find((each) => each.name === name)?.upgrade ?? [];
    const service = rendered(spec, { ceph: someCeph }).find((each) => each.service === name);
    const components = (service?.stages ?? [])
      .flatMap(({ objects }) => objects)
      .filter(({ kind }) => workloads.includes(kind))
      .map(({ metadata }) => metadata.labels?.['component'] ?? '');
    const replacing = (component: string): readonly string[] =>
      steps.filter((step) => step.does === 'replace' && isOfStep(step, component)).map((step) => step.name);
    expect(components.length).toBeGreaterThan(4);
    expect(components.filter((component) => replacing(component).length !== 1)).toEqual([]);
  });
});
