import { describe, expect, test } from '@jest/globals';
import { nextOf, releaseOf, upgradeRefusal } from './releases.js';

describe('releases', () => {
  test('the next release and a skip between long-support ones are upgrades; the rest is refused with the reason', () => {
    expect(upgradeRefusal('caracal', 'epoxy')).toBeUndefined();
    expect(upgradeRefusal('yoga', 'antelope')).toBeUndefined();
    expect(upgradeRefusal('epoxy', 'epoxy')).toBeUndefined();
    expect(upgradeRefusal('xena', 'yoga')).toBeUndefined();
    expect(upgradeRefusal('caracal', 'gazpacho')).toBe(
      'OpenStack caracal can be upgraded only to epoxy, not to gazpacho',
    );
    expect(upgradeRefusal('epoxy', 'caracal')).toMatch('cannot be downgraded');
    expect(upgradeRefusal('epoxy', 'master')).toMatch('not known');
    expect(nextOf('gazpacho')).toEqual([]);
  });

  test('a compute of the release before is always new enough', () => {
    const [caracal, epoxy, gazpacho] = ['caracal', 'epoxy', 'gazpacho'].map(releaseOf);
    expect(epoxy?.oldestComputeServiceLevel).toBeLessThanOrEqual(caracal?.computeServiceLevel ?? 0);
    expect(gazpacho?.oldestComputeServiceLevel).toBeLessThanOrEqual(epoxy?.computeServiceLevel ?? 0);
  });

  test('a release that cannot be rendered is refused with those that can', () => {
    expect(() => releaseOf('queens')).toThrow('choose one of caracal, epoxy, gazpacho');
  });
});
