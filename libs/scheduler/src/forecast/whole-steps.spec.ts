import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@keelson/std';
import { budgetsOf } from '../scheduler.fixtures.js';
import { forecast, type Forecast } from './forecast.js';
import { normal } from './surprises.js';
import { learnWholeSteps, type WholeStep } from './whole-steps.js';

const hour = 3_600;

function told(steps: readonly WholeStep[], seed = 'told'): Forecast {
  const none = { machines: [], records: [], sofar: [], elapsedSeconds: new Map<string, number>() };
  return forecast({ ...none, budgets: budgetsOf(), steps, random: seededRandom(seed) });
}

describe('learnWholeSteps', () => {
  it('without records knows the formula only, and little of it', () => {
    const { expectedSeconds, spread } = learnWholeSteps(new Map())('openstack', 2 * hour);
    expect(expectedSeconds).toBeCloseTo(2 * hour);
    expect(spread).toBeGreaterThan(0.7);
  });

  it('expects what a step took before, the surer the more often it ran', () => {
    const after = (times: readonly number[]) => learnWholeSteps(new Map([['ceph', times]]))('ceph', hour);
    const [once, often] = [after([3 * hour]), after([3, 3.1, 2.9, 3, 3.05].map((hours) => hours * hour))];
    expect(once.expectedSeconds).toBeGreaterThan(2 * hour);
    expect(Math.abs(often.expectedSeconds / (3 * hour) - 1)).toBeLessThan(0.1);
    expect(often.spread).toBeLessThan(once.spread);
  });

  it('does not expect again that a step waited for somebody', () => {
    const { expectedSeconds } = learnWholeSteps(new Map([['ceph', [hour, hour, 40 * hour]]]))('ceph', hour);
    expect(expectedSeconds).toBeLessThan(1.4 * hour);
  });
});

describe('a forecast of steps without machines', () => {
  const step = { expectedSeconds: hour, spread: 0.2, elapsedSeconds: 0 };

  it('is the sum of what is left of each', () => {
    const { earliest, median, latest } = told([step, step, { ...step, elapsedSeconds: hour / 2 }]);
    expect(Math.abs(median / (2.5 * hour) - 1)).toBeLessThan(0.05);
    expect(latest - earliest).toBeGreaterThan(0.5 * hour);
  });

  it('never is over already, however long a step takes', () => {
    expect(told([{ ...step, elapsedSeconds: 9 * hour }]).earliest).toBeGreaterThan(0);
  });

  it('holds what comes in nine of ten courses after three updates', () => {
    const inside = Array.from({ length: 200 }, (_, i) => {
      const random = seededRandom(`steps-${i}`);
      const takes = () => hour * Math.exp(0.3 * normal(random));
      const names = ['openstack', 'ceph', 'mcc-components'];
      const foresee = learnWholeSteps(new Map(names.map((name) => [name, [takes(), takes(), takes()]])));
      const came = names.reduce((sum) => sum + takes(), 0);
      const { earliest, latest } = told(
        names.map((name) => ({ ...foresee(name, hour), elapsedSeconds: 0 })),
        `told-${i}`,
      );
      return earliest <= came && came <= latest;
    }).filter((one) => one).length;
    expect(inside / 200).toBeGreaterThan(0.84);
    expect(inside / 200).toBeLessThan(0.97);
  });
});
