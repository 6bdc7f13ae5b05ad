import { describe, expect, it } from '@jest/globals';
import { Damper } from './damper.js';

describe('a change of health', () => {
  it('is told when it has lasted, the better sooner, and taken as it is when nothing was told', () => {
    const damper = new Damper();
    expect(damper.damped('a', 'Unhealthy', undefined, 0)).toBe('Unhealthy');
    expect(damper.damped('a', 'Ready', 'Unhealthy', 0)).toBe('Unhealthy');
    expect(damper.damped('b', 'Unhealthy', 'Ready', 1_000)).toBe('Ready');
    expect(damper.recheckAfterSeconds(1_000)).toBe(4);
    expect(damper.damped('a', 'Ready', 'Unhealthy', 5_000)).toBe('Ready');
    expect(damper.damped('b', 'Unhealthy', 'Ready', 21_000)).toBe('Unhealthy');
  });

  it('stays believed until it is told, and nobody looks for it again', () => {
    const damper = new Damper();
    damper.damped('a', 'Ready', 'Unhealthy', 0);
    for (const now of [5_000, 6_000, 8_000]) expect(damper.damped('a', 'Ready', 'Unhealthy', now)).toBe('Ready');
    expect(damper.recheckAfterSeconds(8_000)).toBeUndefined();
    expect(damper.damped('a', 'Unhealthy', 'Ready', 9_000)).toBe('Ready');
  });

  it('that goes back is none', () => {
    const damper = new Damper();
    damper.damped('a', 'Unhealthy', 'Ready', 0);
    damper.damped('a', 'Ready', 'Ready', 10_000);
    expect(damper.damped('a', 'Unhealthy', 'Ready', 20_000)).toBe('Ready');
  });
});
