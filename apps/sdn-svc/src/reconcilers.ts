import { type ClusterRelease, ClusterReleaseKind, clusterSideKinds, openstackKinds, sdnKinds } from '@keelson/api';
import type { KubeApi } from '@keelson/kube';
import {
  attachReconciler,
  Attachments,
  type AttachPorts,
  type ClusterSide,
  findReleaseIn,
  serviceRights,
} from '@keelson/mosk';
import { type AnyReconciler, input } from '@keelson/reconcile';
import { networkApiOver } from './migration/networks.js';
import { mosk } from './mosk.js';
import { cloudNamespace } from './names.js';

export interface Sdn {
  /** On the management API. Those on the API of each MOSK cluster are in `mosk.ts`. */
  readonly reconcilers: readonly AnyReconciler[];
  readonly attachments: Attachments;
}

export interface SdnPorts extends Omit<AttachPorts, 'side'> {
  /** The management API, for what is asked of it and not cached. */
  readonly api: Pick<KubeApi, 'list'>;
}

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
      // Read when OpenSDN is to be of another release.
      reads: [input<ClusterRelease>({ kind: ClusterReleaseKind, mapToOwn: () => [] })],
      reconcilers: ({ http, release }) =>
        mosk({ release, findRelease: findReleaseIn(ports.api), networkApiOf: networkApiOver(http) }),
    },
  });
  return { reconcilers: [attachReconciler(attachments)], attachments };
}
