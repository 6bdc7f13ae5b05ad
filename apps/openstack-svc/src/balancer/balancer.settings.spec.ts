import { describe, expect, it } from '@jest/globals';
import type { DRBConfig } from '@keelson/api';
import { settingsOf } from './balancer.settings.js';

const spec: DRBConfig['spec'] = {
  reconcileInterval: 300,
  collector: { name: 'stacklight' },
  scheduler: { name: 'vm-optimize', load_threshold: 60 },
  actuator: { name: 'os-live-migration', max_parallel_migrations: 3 },
  migrateAny: true,
};
const told = (more: Partial<DRBConfig['spec']>): unknown => settingsOf({ spec: { ...spec, ...more } });

describe('what a DRBConfig asks for', () => {
  it('is what it says, with what it leaves out', () => {
    expect(told({})).toEqual({
      intervalSeconds: 300,
      collector: 'stacklight',
      isDry: false,
      limits: { loadThreshold: 60, minImprovement: 0, mostMoves: 3 },
      pollSeconds: 5,
      timeoutSeconds: 180,
      hosts: [],
      movesAny: true,
    });
    expect(told({ actuator: { name: 'noop' } })).toMatchObject({ isDry: true, limits: { mostMoves: 10 } });
  });

  it('is refused where it names what is not there, or a value that cannot be', () => {
    expect(told({ collector: { name: 'gnocchi' } })).toBe(
      'spec.collector.name is not known here: it is stacklight or nova',
    );
    expect(told({ actuator: { name: 'cold' } })).toBe(
      'spec.actuator.name is not known here: it is os-live-migration or noop',
    );
    expect(told({ scheduler: { name: 'vm-optimize', load_threshold: -1 } })).toMatch(
      /^spec\.scheduler\.load_threshold cannot be used: /,
    );
  });
});
