import { describe, expect, it } from '@jest/globals';
import { silentApi } from './admission.fixtures.js';
import { reviewed } from './admission.review.js';
import { unsignedImages } from './unsigned.js';
import { aDeployment, type SpecPatch } from '../deployment/deployment.fixtures.js';

async function warningsOf(patch: SpecPatch): Promise<readonly string[]> {
  const request = { uid: 'u', operation: 'CREATE', kind: { kind: 'OpenStackDeployment' }, object: aDeployment(patch) };
  return (await reviewed({ request }, silentApi)).response.warnings ?? [];
}
const signature = (certificate_validation = false): SpecPatch => ({
  features: { glance: { signature: { enabled: true, certificate_validation } } },
});

describe('load balancers where signatures of images are checked', () => {
  it('need a signed image of amphorae, which whoever turns the checks on is told', async () => {
    expect(await warningsOf(signature())).toEqual([
      expect.stringMatching(/ unless the image tagged amphora is signed$/u),
    ]);
    expect(await warningsOf(signature(true))).toEqual([expect.stringContaining('default_trusted_certificate_ids')]);
    expect(await warningsOf({})).toEqual([]);
  });

  it('are no matter where OpenSDN balances, or nothing does', async () => {
    expect(await warningsOf({ ...signature(), preset: 'compute-tf' })).toEqual([]);
    expect(await warningsOf({ ...signature(), preset: 'core' })).toEqual([]);
  });

  it('are not looked at in a spec that is wrong', () => {
    expect(unsignedImages({ preset: 'huge' })).toEqual([]);
  });
});
