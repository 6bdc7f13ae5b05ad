import { describe, expect, it } from '@jest/globals';
import { finalizers } from '@keelson/api';
import { planAccount } from './account.plan.js';

const world = (held: readonly string[], host?: string) => ({
  secret: { metadata: { name: 'bmc', namespace: 'demo', finalizers: [...held] } },
  host,
});

describe('the plan of a Secret with an account', () => {
  it.each([
    ['held and needed', world([finalizers.hostSecret], 'srv-01'), []],
    ['held and needed no longer', world([finalizers.hostSecret]), ['release']],
    ['held by others', world(['another']), []],
    ['needed and not held: its host does that', world([], 'srv-01'), []],
  ])('%s', (_name, given, steps) => expect(planAccount(given).steps.map(({ type }) => type)).toEqual(steps));
});
