import { z } from 'zod';
import { FreeFormSchema } from '../../../fragments.js';
import { defineKind, type ObjectOf } from '../../../kind.js';

const shared = { group: 'lcm.mirantis.com', version: 'v1alpha1', scope: 'Namespaced', owner: 'openstack-svc' } as const;
const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' } as const;

/** `kubectl get osdplsecret`: the hidden part of a cloud's spec. */
export const OpenStackDeploymentSecretKind = defineKind({
  ...shared,
  kind: 'OpenStackDeploymentSecret',
  plural: 'openstackdeploymentsecrets',
  shortNames: ['osdplsecret'],
  description:
    'The hidden part of the spec of the OpenStackDeployment of the same name. On its way out: use value_from in the OpenStackDeployment.',
  spec: FreeFormSchema,
  status: z.object({ hash: z.string().optional().describe('Digest of the spec that was taken up.') }),
  columns: [{ name: 'Hash', type: 'string', jsonPath: '.status.hash', description: 'Digest of the spec' }, age],
  notes: ['Merged deep over the spec of the OpenStackDeployment; its rules do not look at it, the service does.'],
});
export type OpenStackDeploymentSecret = ObjectOf<typeof OpenStackDeploymentSecretKind>;
