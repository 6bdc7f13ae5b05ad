import { describe, expect, it } from '@jest/globals';
import { indexOfSelector, matches, selectorText } from './machine.selector.js';

const labels = { rack: 'a', size: 'l' };

describe('a host selector', () => {
  it.each([
    [{ matchLabels: { rack: 'a' } }, true],
    [{ matchLabels: { rack: 'a', size: 'xl' } }, false],
    [{ matchExpressions: [{ key: 'size', operator: 'In' as const, values: ['l', 'xl'] }] }, true],
    [{ matchExpressions: [{ key: 'size', operator: 'notin' as const, values: ['l'] }] }, false],
    [{ matchExpressions: [{ key: 'gpu', operator: 'NotIn' as const, values: ['a100'] }] }, true],
    [{ matchExpressions: [{ key: 'gpu', operator: 'exists' as const }] }, false],
    [{ matchExpressions: [{ key: 'gpu', operator: '!' as const }] }, true],
    [{ matchLabels: { rack: 'a' }, matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' as const }] }, true],
  ])('%j', (selector, isMatch) => expect(matches(selector, labels)).toBe(isMatch));

  it('is worded as kubectl takes it', () => {
    const selector = {
      matchLabels: { rack: 'a' },
      matchExpressions: [
        { key: 'size', operator: 'In' as const, values: ['l', 'xl'] },
        { key: 'gpu', operator: 'DoesNotExist' as const },
        { key: 'ssd', operator: 'Exists' as const },
      ],
    };
    expect(selectorText(selector)).toBe('rack=a,size in (l,xl),!gpu,ssd');
  });

  it('lies under its first label, or under any', () => {
    expect([
      indexOfSelector('demo', { matchLabels: { rack: 'a' } }),
      indexOfSelector('demo', { matchExpressions: [] }),
    ]).toEqual(['demo|rack=a', 'demo|*']);
  });
});
