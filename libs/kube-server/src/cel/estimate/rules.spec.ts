import { describe, expect, it } from '@jest/globals';
import type { StructuralSchema } from '../../schema/schema.js';
import { ruleTypeErrors } from '../check.js';

/** What kube-apiserver says to much more stands in `tests/conformance/crds/refused/costs.yaml`. */
function faultsOf(schema: StructuralSchema): string[] {
  return ruleTypeErrors({ type: 'object', properties: { spec: schema } }, 'at').map(
    ({ field, detail }) => `${field}: ${detail.replace(/ \(try .*\)$/, '')}`,
  );
}

const text: StructuralSchema = { type: 'string', maxLength: 40 };
const eachMatches = { rule: "self.all(x, x.matches('^[a-z]+$'))" };
const list = (bound: object, more: object = {}): StructuralSchema => ({
  type: 'array',
  items: text,
  ...bound,
  'x-kubernetes-validations': [eachMatches],
  ...more,
});

describe('what rules may cost', () => {
  it('is bounded by the bounds of lists and texts', () => {
    expect(faultsOf(list({ maxItems: 1000 }))).toEqual([]);
  });

  it('is as much as a request can hold, where there are none', () => {
    expect(faultsOf(list({}))).toEqual([
      'at.properties[spec].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 4.0x',
    ]);
  });

  it('counts as often as what a rule hangs on may stand in an object', () => {
    const inner = list({ maxItems: 100 });
    expect(faultsOf({ type: 'array', maxItems: 10, items: inner })).toEqual([]);
    expect(faultsOf({ type: 'array', maxItems: 10_000, items: inner })).toEqual([
      'at.properties[spec].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 3.8x',
    ]);
  });

  it('is bounded for all rules together, of which the dearest are named', () => {
    const rules = Array.from({ length: 12 }, () => ({ rule: 'self.all(x, self.all(y, x != y || x == y))' }));
    const faults = faultsOf(list({ maxItems: 500 }, { 'x-kubernetes-validations': rules }));
    expect(faults.slice(-5)).toEqual([
      ...[0, 1, 2, 3].map(
        (i) =>
          `at.properties[spec].x-kubernetes-validations[${i}].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
      ),
      expect.stringMatching(
        /^at: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of 1\.\d+x$/,
      ),
    ]);
  });
});
