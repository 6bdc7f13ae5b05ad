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

const part = (what: string) => z.looseObject({ name: z.string().min(1).describe(`Which ${what}.`) });

/** `kubectl get drb`: balancing of instances over hosts. */
export const DRBConfigKind = defineKind({
  ...shared,
  kind: 'DRBConfig',
  plural: 'drbconfigs',
  shortNames: ['drb'],
  description: 'Balances instances over compute hosts by their load.',
  spec: z.object({
    reconcileInterval: z.int().min(1).describe('Seconds between looks.'),
    collector: part('collector').describe('Where load is read.'),
    scheduler: part('scheduler').describe('How moves are chosen.'),
    actuator: part('actuator').describe('How moves are made.'),
    hosts: z.array(z.string()).optional().describe('Hosts that take part; all when empty.'),
    migrateAny: z
      .boolean()
      .default(true)
      .describe('Move instances that do not ask to stay; else only those that allow it.'),
  }),
  columns: [
    { name: 'Interval', type: 'integer', jsonPath: '.spec.reconcileInterval', description: 'Seconds between looks' },
    age,
  ],
  notes: ['Stored as it is: Keelson does not balance instances yet.'],
});
export type DRBConfig = ObjectOf<typeof DRBConfigKind>;
