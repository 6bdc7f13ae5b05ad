import { z } from 'zod';
import { IpAddressSchema } from '../../fragments.js';
import { defineKind, type ObjectOf } from '../../kind.js';

const asNumber = z.int().min(1).max(4294967295);

const PeerSchema = z.looseObject({
  localASN: asNumber.optional().describe('AS number of the node.'),
  neighborASN: asNumber.optional().describe('AS number of the router.'),
  neighborIP: IpAddressSchema.optional().describe('Address of the router.'),
  neighborPassword: z.string().optional().describe('Password of the session.'),
});

const note =
  'The reference guesses all fields of this kind from headings of documentation; unknown fields are therefore kept. Keelson stores the object and does not act on it yet.';

/** `kubectl get multirackclusters`: BGP defaults of a cluster whose API address is announced. */
export const MultiRackClusterKind = defineKind({
  group: 'ipam.mirantis.com',
  version: 'v1alpha1',
  kind: 'MultiRackCluster',
  plural: 'multirackclusters',
  scope: 'Namespaced',
  owner: 'baremetal-svc',
  description:
    'BGP defaults for announcing the API address of a cluster from its control-plane nodes. One per cluster; used only with useBGPAnnouncement of the Cluster.',
  spec: z.looseObject({
    bgpdConfigFileName: z.string().optional().describe('File name of the configuration of the BGP daemon.'),
    bgpdConfigFilePath: z.string().optional().describe('Directory of that file.'),
    bgpdConfigTemplate: z.string().optional().describe('Template of that file.'),
    defaultPeer: PeerSchema.optional().describe('Peer of racks that name none.'),
  }),
  status: z.looseObject({}),
  columns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  notes: [note],
});
export type MultiRackCluster = ObjectOf<typeof MultiRackClusterKind>;

/** `kubectl get racks`: BGP peers of one rack. */
export const RackKind = defineKind({
  group: 'ipam.mirantis.com',
  version: 'v1alpha1',
  kind: 'Rack',
  plural: 'racks',
  scope: 'Namespaced',
  owner: 'baremetal-svc',
  description: 'BGP peers of one rack. A Machine joins it by the label ipam/RackRef.',
  spec: z.looseObject({
    peeringMap: z
      .record(z.string(), z.looseObject({ peers: z.array(PeerSchema).optional().describe('Routers to speak to.') }))
      .optional()
      .describe('Peers by the name of the LCM subnet.'),
  }),
  status: z.looseObject({}),
  columns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  notes: [note],
});
export type Rack = ObjectOf<typeof RackKind>;
