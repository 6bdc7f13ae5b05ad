import { z } from 'zod';
import { defineKind, type ObjectOf } from '../../kind.js';

/** `kubectl get publickeys`: an SSH key that may log in to nodes. */
export const PublicKeyKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'PublicKey',
  plural: 'publickeys',
  scope: 'Namespaced',
  owner: 'lifecycle-svc',
  description:
    'An SSH public key. Clusters name it in providerSpec.value.publicKeys; its holder may then log in to their nodes as mcc-user.',
  spec: z.object({
    publicKey: z
      .string()
      .regex(
        /^\s*(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) +[A-Za-z0-9+/]+={0,3}( .*)?\s*$/,
      )
      .describe('One line in the form of authorized_keys: type, key, comment.'),
  }),
  columns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  notes: ['That the key has the form of a line of authorized_keys is checked; the reference does not say so.'],
});
export type PublicKey = ObjectOf<typeof PublicKeyKind>;
