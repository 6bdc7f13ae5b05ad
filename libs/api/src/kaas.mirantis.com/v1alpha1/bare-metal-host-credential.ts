import { z } from 'zod';
import { SecretValueSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';

export const BareMetalHostCredentialSpecSchema = z.object({
  username: z.string().min(1).describe('User of the BMC.'),
  password: SecretValueSchema.describe('Password of the BMC user.'),
  monitoringUsername: z.string().optional().describe('User of a read-only BMC account for metrics.'),
  monitoringPassword: SecretValueSchema.optional().describe('Password of the account for metrics.'),
});

export const BareMetalHostCredentialStatusSchema = z.object({
  valid: z.boolean().optional().describe('Whether the password is stored and complete.'),
  message: z.string().optional().describe('Why it is not valid.'),
});

/** `kubectl get bmhc`: the account by which a BMC is reached. */
export const BareMetalHostCredentialKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'BareMetalHostCredential',
  plural: 'baremetalhostcredentials',
  scope: 'Namespaced',
  shortNames: ['bmhc'],
  owner: 'baremetal-svc',
  description:
    'The account by which the BMC of a server is reached. Write the password once in spec.password.value: the controller moves it to a Secret and blanks it. A later change is made the same way.',
  spec: BareMetalHostCredentialSpecSchema,
  status: BareMetalHostCredentialStatusSchema,
  columns: [
    {
      name: 'SecretName',
      type: 'string',
      jsonPath: '.spec.password.secret.name',
      description: 'Secret that holds the password',
    },
  ],
  rules: [
    {
      at: 'spec.password',
      rule: '(has(self.value) && self.value != "") || has(self.secret)',
      message:
        'spec.password: give the password in spec.password.value, or name the Secret that holds it in spec.password.secret',
      reason: 'FieldValueRequired',
    },
  ],
  notes: [
    'Use create, patch or edit. With `kubectl apply` the annotation `kubectl.kubernetes.io/last-applied-configuration` would keep the password; the controller therefore drops that annotation together with the clear text.',
    'The controller names the Secret it makes `<name>-password` with the keys `username` and `password`; the reference only fixes that a Secret is made (choice).',
  ],
});
export type BareMetalHostCredential = ObjectOf<typeof BareMetalHostCredentialKind>;
