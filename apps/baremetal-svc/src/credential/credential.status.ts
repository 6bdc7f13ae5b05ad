import type { BareMetalHostCredential } from '@keelson/api';
import type { Announcement, PlanResult } from '@keelson/reconcile';
import type { CredentialWorld } from './credential.observe.js';
import { problemOf } from './credential.plan.js';
import type { CredentialStep } from './credential.steps.js';

export function credentialStatus(
  world: CredentialWorld,
  result: PlanResult<CredentialStep>,
): NonNullable<BareMetalHostCredential['status']> {
  const problem =
    problemOf(world) ??
    (result.failed === undefined
      ? undefined
      : `The password could not be moved to its Secret: ${result.failed.failure.message}`);
  return problem === undefined ? { valid: true } : { valid: false, message: problem };
}

export function credentialEvents(world: CredentialWorld): readonly Announcement[] {
  const problem = problemOf(world);
  return problem === undefined ? [] : [{ type: 'Warning', reason: 'PasswordMissing', message: problem }];
}
