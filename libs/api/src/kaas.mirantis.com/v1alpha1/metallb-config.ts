import { z } from 'zod';
import { FreeFormSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';

/** One object of metallb.io to make in the cluster. */
const item = (what: string) =>
  z
    .array(
      z.object({
        name: z.string().min(1).max(253).describe('Name of the object.'),
        labels: z.record(z.string(), z.string()).optional().describe('Labels of the object.'),
        spec: FreeFormSchema.describe(`Spec of the ${what}, as metallb.io defines it.`),
      }),
    )
    .max(64)
    .optional()
    .describe(`${what} objects to make in the cluster.`);

/** `kubectl get metallbconfigs`: how a cluster's load balancer announces addresses. */
export const MetalLBConfigKind = defineKind({
  group: 'kaas.mirantis.com',
  version: 'v1alpha1',
  kind: 'MetalLBConfig',
  plural: 'metallbconfigs',
  scope: 'Namespaced',
  owner: 'baremetal-svc',
  description:
    'How MetalLB of a cluster gives out and announces addresses of services. Exactly one per cluster, with the labels kaas.mirantis.com/provider and cluster.sigs.k8s.io/cluster-name.',
  spec: z.object({
    ipAddressPools: item('IPAddressPool'),
    l2Advertisements: item('L2Advertisement'),
    bgpAdvertisements: item('BGPAdvertisement'),
    bgpPeers: item('BGPPeer'),
    bfdProfiles: item('BFDProfile'),
    communities: item('Community'),
    addressPools: item('AddressPool (legacy)'),
    allowToUpdateByIPAM: z.boolean().optional().describe('Legacy, no effect.'),
    templateName: z.string().optional().describe('Removed together with MetalLBConfigTemplate, no effect.'),
  }),
  status: z.looseObject({}),
  columns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  rules: (['ipAddressPools', 'l2Advertisements', 'bgpAdvertisements', 'bgpPeers'] as const).map((list) => ({
    at: 'spec',
    rule: `!has(self.${list}) || self.${list}.all(a, self.${list}.exists_one(b, a.name == b.name))`,
    message: `spec.${list}: each name may occur once`,
    reason: 'FieldValueDuplicate' as const,
  })),
  notes: ['Declared and stored; Keelson does not turn it into objects of the cluster yet.'],
});
export type MetalLBConfig = ObjectOf<typeof MetalLBConfigKind>;
