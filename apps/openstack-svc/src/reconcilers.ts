import type { AnyReconciler } from '@keelson/reconcile';
import { Attachments } from './attach/attachments.js';
import type { AttachPorts } from './attach/attachment.js';
import { attachReconciler } from './attach/cluster.reconciler.js';

export interface Openstack {
  /** On the management API. Those on the API of each MOSK cluster are in `mosk.ts`. */
  readonly reconcilers: readonly AnyReconciler[];
  readonly attachments: Attachments;
}

/** Every reconciler of the service on the management API. */
export function openstackReconcilers(ports: AttachPorts): Openstack {
  const attachments = new Attachments(ports);
  return { reconcilers: [attachReconciler(attachments)], attachments };
}
