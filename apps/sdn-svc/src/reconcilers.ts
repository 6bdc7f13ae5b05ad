import { clusterSideKinds, openstackKinds, sdnKinds } from '@keelson/api';
import { attachReconciler, Attachments, type AttachPorts } from '@keelson/mosk';
import type { AnyReconciler } from '@keelson/reconcile';
import { mosk } from './mosk.js';

export interface Sdn {
  /** On the management API. Those on the API of each MOSK cluster are in `mosk.ts`. */
  readonly reconcilers: readonly AnyReconciler[];
  readonly attachments: Attachments;
}

/** Every reconciler of the service on the management API. */
export function sdnReconcilers(ports: Omit<AttachPorts, 'side'>): Sdn {
  const attachments = new Attachments({
    ...ports,
    side: {
      service: 'sdn-svc',
      kinds: [...sdnKinds, ...openstackKinds, ...clusterSideKinds.filter(({ kind }) => kind !== 'HelmBundle')],
      reconcilers: ({ release }) => mosk({ release }),
    },
  });
  return { reconcilers: [attachReconciler(attachments)], attachments };
}
