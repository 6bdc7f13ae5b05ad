import { clusterSideKinds, openstackKinds, sdnKinds } from '@keelson/api';
import { attachReconciler, Attachments, type AttachPorts, type ClusterSide, serviceRights } from '@keelson/mosk';
import type { AnyReconciler } from '@keelson/reconcile';
import { networkApiOver } from './migration/networks.js';
import { mosk } from './mosk.js';
import { cloudNamespace } from './names.js';

export interface Sdn {
  /** On the management API. Those on the API of each MOSK cluster are in `mosk.ts`. */
  readonly reconcilers: readonly AnyReconciler[];
  readonly attachments: Attachments;
}

export type SdnPorts = Omit<AttachPorts, 'side'>;

/** What a MOSK cluster must know, and what is done there beside the reconcilers. */
export const inClusters: Pick<ClusterSide, 'service' | 'kinds' | 'rights'> = {
  service: 'sdn-svc',
  kinds: [...sdnKinds, ...openstackKinds, ...clusterSideKinds.filter(({ kind }) => kind !== 'HelmBundle')],
  rights: [serviceRights(cloudNamespace)],
};

/** Every reconciler of the service on the management API. */
export function sdnReconcilers(ports: SdnPorts): Sdn {
  const attachments = new Attachments({
    ...ports,
    side: {
      ...inClusters,
      reconcilers: ({ http, release }) => mosk({ release, networkApiOf: networkApiOver(http) }),
    },
  });
  return { reconcilers: [attachReconciler(attachments)], attachments };
}
