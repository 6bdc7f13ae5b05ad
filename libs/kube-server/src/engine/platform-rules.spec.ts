import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { ApiError } from '../status/status.js';
import type { Draft } from '../storage/stored.js';
import { testEngine } from './engine.fixtures.js';

const definition = load(
  readFileSync(new URL('../../../../deploy/crds/baremetalhostprofiles.metal3.io.yaml', import.meta.url), 'utf8'),
);

/** What is wrong with a profile of disks whose partitions are these. */
async function refusal(...devices: readonly (readonly Draft[])[]): Promise<string> {
  const engine = await testEngine({ definitions: [definition] });
  const made = engine.create({
    apiVersion: 'metal3.io/v1alpha1',
    kind: 'BareMetalHostProfile',
    metadata: { namespace: 'default', name: 'p' },
    spec: { devices: devices.map((partitions) => ({ partitions })) },
  });
  return made.then(
    () => 'accepted',
    (error: unknown) =>
      error instanceof ApiError ? (error.status.details?.causes?.[0]?.message ?? '') : String(error),
  );
}

const first = { name: 'config-2', size: '64Mi' };

describe('the rules of a BareMetalHostProfile', () => {
  it.each<[string, readonly (readonly Draft[])[]]>([
    ['names of their own on two disks', [[first, { name: 'root', size: '0' }], [{ name: 'data', sizeGiB: 0 }]]],
    ['a number of bytes', [[first, { name: 'root', size: 1024 }, { name: 'rest', size: 0 }]]],
    ['partitions without a name', [[first, { size: '1Gi' }, { size: '2Gi' }]]],
  ])('accept %s', async (_what, devices) => {
    expect(await refusal(...devices)).toBe('accepted');
  });

  it.each<[string, readonly (readonly Draft[])[], string]>([
    [
      'a name that occurs twice on a disk',
      [[first, { name: 'a', size: '1Gi' }, { name: 'a', size: '1Gi' }]],
      'Duplicate value',
    ],
    ['a name that occurs on two disks', [[first], [{ name: 'config-2', size: '1Gi' }]], 'Duplicate value'],
    ['a text of zero before the last', [[first, { name: 'a', size: '0Gi' }, { name: 'b', size: '1Gi' }]], 'size 0'],
    ['a number of zero before the last', [[first, { name: 'a', size: 0 }, { name: 'b', size: '1Gi' }]], 'size 0'],
  ])('refuse %s', async (_what, devices, why) => {
    expect(await refusal(...devices)).toContain(why);
  });
});
